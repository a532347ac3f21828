using System.Text.Json;

namespace Litre.Access.Audit;

/// <summary>Follows the lines of a log, and says where they are not the continuation of what came before.</summary>
/// <param name="count">The number of the line before.</param>
/// <param name="sha256">Its hash.</param>
internal sealed class AuditChain(long count, string sha256)
{
    private const string Unknown = "";

    /// <summary>The number of the last line.</summary>
    public long Count { get; private set; } = count;

    /// <summary>The hash that the last line states.</summary>
    public string Sha256 { get; private set; } = sha256;

    /// <summary>Reads the next line.</summary>
    /// <param name="bytes">Without its line feed.</param>
    /// <param name="fields">Its fields; undefined if it has none.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Next(ReadOnlySpan<byte> bytes, out JsonElement fields)
    {
        var line = AuditLine.Parse(bytes, out fields);
        var (count, sha256) = (Count, Sha256);
        // Each damage is reported once: what follows is compared with what the damaged line states, if it can be read.
        (Count, Sha256) = (line?.Number ?? count + 1, line?.Sha256 ?? Unknown);
        if (line is null)
            return "is not a line of an audit log: it was edited";
        if (!line.IsIntact)
            return $"was edited: its content does not have the hash that it states (line {line.Number} of the log)";
        if (line.Number == count + 1 && (line.Previous == sha256 || sha256 == Unknown))
            return null;
        if (count == 0 && line.Number > 1)
            return $"is line {line.Number} of the log: the lines before it are missing";
        return line.Number == count + 1
            ? $"does not continue the line before, whose hash is {sha256}: that line was replaced"
            : $"is line {line.Number} of the log, but line {count + 1} was expected: lines were removed, added or moved";
    }
}
