using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>
/// A line of the log: a JSON object whose first fields are <c>n</c>, <c>time</c> and <c>kind</c> and whose last are <c>previous</c>, the
/// hash of the line before, and <c>sha256</c>, its own: that of the bytes before <c>,"sha256":</c>.
/// </summary>
/// <param name="Number">Its number in the log, from 1.</param>
/// <param name="Previous">The hash of the line before.</param>
/// <param name="Sha256">The hash that it states.</param>
/// <param name="IsIntact">Whether that is the hash of its content.</param>
internal sealed record AuditLine(long Number, string Previous, string Sha256, bool IsIntact)
{
    private const int HashLength = 64;

    /// <summary>What the first line states as the hash of the line before.</summary>
    public static readonly string NoHash = new('0', HashLength);

    private static readonly byte[] HashField = ",\"sha256\":\""u8.ToArray();

    private static readonly int SuffixLength = HashField.Length + HashLength + "\"}".Length;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Appends the line of an entry, with its line feed.</summary>
    /// <returns>Its hash.</returns>
    public static string Write(MemoryStream output, long number, AuditEntry entry, string previous)
    {
        var time = entry.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var start = (int)output.Length;
        Add(output, $"{{\"n\":{number.ToString(CultureInfo.InvariantCulture)},\"time\":\"{time}\",\"kind\":\"{entry.Kind}\"");
        var fields = JsonSerializer.SerializeToUtf8Bytes(entry, entry.GetType(), Json);
        if (fields.Length > 2)
        {
            output.WriteByte((byte)',');
            output.Write(fields.AsSpan(1, fields.Length - 2));
        }
        Add(output, $",\"previous\":\"{previous}\"");
        var hash = Convert.ToHexStringLower(SHA256.HashData(output.GetBuffer().AsSpan(start, (int)output.Length - start)));
        output.Write(HashField);
        Add(output, $"{hash}\"}}\n");
        return hash;
    }

    /// <summary>Reads a line; null if it is none.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="fields">All of its fields.</param>
    public static AuditLine? Parse(ReadOnlySpan<byte> line, out JsonElement fields)
    {
        fields = default;
        if (line.Length <= SuffixLength)
            return null;
        var body = line[..^SuffixLength];
        var suffix = line[body.Length..];
        if (!suffix.StartsWith(HashField) || !suffix.EndsWith("\"}"u8))
            return null;
        var hash = Encoding.ASCII.GetString(suffix.Slice(HashField.Length, HashLength));
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            fields = document.RootElement.Clone();
            return new AuditLine(
                fields.GetProperty("n").GetInt64(),
                fields.GetProperty("previous").GetString() ?? "",
                hash,
                hash == Convert.ToHexStringLower(SHA256.HashData(body))
            );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static void Add(MemoryStream output, string text) => output.Write(Encoding.UTF8.GetBytes(text));
}
