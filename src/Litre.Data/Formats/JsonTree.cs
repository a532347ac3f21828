using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Litre.Data.Formats;

/// <summary>JSON text as a tree of dictionaries, lists and values.</summary>
internal static class JsonTree
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 64,
    };

    public static RawRow Parse(ReadOnlyMemory<byte> json, long line)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return new RawRow(line, Convert(document.RootElement));
        }
        catch (JsonException e)
        {
            var column = (e.BytePositionInLine ?? 0) + 1;
            var at = line + (e.LineNumber ?? 0);
            return new RawRow(line, null, $"no JSON: line {at}, byte {column}: {Brief(e.Message)}", "correct the row, or write the file again with a JSON library");
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException or FormatException)
        {
            return new RawRow(line, null, "the text is no valid Unicode", "save the file as UTF-8");
        }
    }

    public static object? Convert(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new Dictionary<string, object?>();
                foreach (var property in element.EnumerateObject()) map[property.Name] = Convert(property.Value);
                return map;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Convert).ToList();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                // An answer 1.50 or a long id stays as it is written; only numbers that survive become numbers.
                var written = element.GetRawText();
                return element.TryGetDouble(out var number) && number.ToString("R", CultureInfo.InvariantCulture) == written ? number : new JsonNumber(written);
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    private static string Brief(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).ReplaceLineEndings(" ").TrimEnd('.');
    }
}
