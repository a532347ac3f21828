using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Core.Json;

namespace Litre.Model.Files;

/// <summary>
/// The SHA-256 sums that a checkpoint's folder contains for its weight files: in a list in the format of <c>sha256sum</c>, or recorded
/// by the hub's own tools. They are optional and checked if they exist.
/// </summary>
internal static partial class WeightChecksums
{
    /// <summary>Names of lists, in any case of letters.</summary>
    private static readonly string[] Lists = ["SHA256SUMS", "SHA256SUMS.txt", "sha256sum.txt", "checksums.sha256"];

    /// <summary>A file's expected sum in lower case, and the file that states it.</summary>
    internal sealed record Expected(string Sum, string Source);

    /// <summary>The known sums by the file's path.</summary>
    /// <exception cref="InputException">A list has an invalid line.</exception>
    internal static IReadOnlyDictionary<string, Expected> Of(string folder, IEnumerable<string> files)
    {
        var listed = ReadLists(folder);
        var found = new Dictionary<string, Expected>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if ((listed.GetValueOrDefault(Path.GetFileName(file)) ?? OfDownload(folder, file) ?? OfCache(file)) is { } expected)
                found[file] = expected;
        }
        return found;
    }

    private static Dictionary<string, Expected> ReadLists(string folder)
    {
        var sums = new Dictionary<string, Expected>(StringComparer.Ordinal);
        foreach (
            var path in Directory
                .EnumerateFiles(folder)
                .Where(f => Lists.Contains(Path.GetFileName(f), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
        )
        {
            var number = 0;
            foreach (var line in FileReading.ReadText(path).Split('\n').Select(l => l.TrimEnd('\r')))
            {
                number++;
                if (line.Length == 0 || line[0] == '#')
                    continue;
                if (Line().Match(line) is not { Success: true } match)
                    throw new InputException(
                        $"{path}: line {number} is \"{line}\", expected a SHA-256 sum of 64 hexadecimal digits, two "
                            + "spaces and a file name, as sha256sum writes them; correct the line, or remove the file if "
                            + "the sums do not matter"
                    );
                var (name, sum) = (match.Groups["name"].Value, match.Groups["sum"].Value.ToLowerInvariant());
                if (name.StartsWith("./", StringComparison.Ordinal))
                    name = name[2..];
                if (sums.TryGetValue(name, out var before) && before.Sum != sum)
                    throw new InputException(
                        $"{path}: line {number} and {before.Source} give different sums for {name}; remove the wrong one"
                    );
                sums[name] = new Expected(sum, path);
            }
        }
        return sums;
    }

    // huggingface_hub notes each download to a local folder: commit, ETag, and the time in seconds. The ETag of a large file is its
    // SHA-256 (huggingface_hub, _local_folder.py). A file that was changed afterwards no longer counts.
    private static Expected? OfDownload(string folder, string file)
    {
        var note = Path.Combine(folder, ".cache", "huggingface", "download", Path.GetFileName(file) + ".metadata");
        if (!File.Exists(note))
            return null;
        var lines = FileReading.ReadText(note).Split('\n', StringSplitOptions.TrimEntries);
        if (
            lines.Length < 3
            || !Sum().IsMatch(lines[1])
            || !double.TryParse(lines[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        )
            return null;
        var changed = (File.GetLastWriteTimeUtc(file) - DateTime.UnixEpoch).TotalSeconds;
        return changed - 1 > seconds ? null : new Expected(lines[1], note);
    }

    // In huggingface_hub's cache a file is a link to a blob that is named by its sum.
    private static Expected? OfCache(string file) =>
        File.ResolveLinkTarget(file, returnFinalTarget: false) is { } target
        && Sum().IsMatch(target.Name)
        && Path.GetFileName(Path.GetDirectoryName(target.FullName)) == "blobs"
            ? new Expected(target.Name, target.FullName)
            : null;

    [GeneratedRegex("""^(?<sum>[0-9a-fA-F]{64}) [ *](?<name>.+)$|^SHA256 \((?<name>.+)\) = (?<sum>[0-9a-fA-F]{64})$""")]
    private static partial Regex Line();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sum();
}
