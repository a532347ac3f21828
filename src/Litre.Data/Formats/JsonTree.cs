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

    /// <summary>Parses one value.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="line">The line of the file in which it starts.</param>
    /// <param name="column">Bytes of that line before it.</param>
    public static RawRow Parse(ReadOnlyMemory<byte> json, long line, long column = 0)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return new RawRow(line, Convert(document.RootElement));
        }
        catch (JsonException e)
        {
            var at = (e.BytePositionInLine ?? 0) + 1 + (e.LineNumber > 0 ? 0 : column);
            return new RawRow(
                line,
                null,
                $"not valid JSON: line {line + (e.LineNumber ?? 0)}, byte {at}: {Brief(e.Message)}",
                "correct the row, or write the file again with a JSON library"
            );
        }
        catch (RowException e)
        {
            return new RawRow(line, null, e.Message, e.Remedy);
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException or FormatException)
        {
            return new RawRow(line, null, "the text is not valid Unicode", "save the file as UTF-8");
        }
    }

    /// <summary>Parses a line, which may end with a comma, or contain several values if line breaks were lost.</summary>
    public static IReadOnlyList<RawRow> ParseLine(ReadOnlyMemory<byte> json, long line)
    {
        var row = Parse(json, line);
        if (row.Reason == null)
            return [row];
        return ParseMany(json) is { } values ? [.. values.Select(v => new RawRow(line, v))] : [row];
    }

    private static List<object?>? ParseMany(ReadOnlyMemory<byte> json)
    {
        try
        {
            var values = new List<object?>();
            var options = new JsonReaderOptions
            {
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
                MaxDepth = Options.MaxDepth,
                AllowMultipleValues = true,
            };
            var rest = json.Span;
            while (rest.IndexOfAnyExcept(" \t\r\n,"u8) is var next and >= 0)
            {
                rest = rest[next..];
                var reader = new Utf8JsonReader(rest, options);
                if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                    return null;
                using var document = JsonDocument.ParseValue(ref reader);
                values.Add(Convert(document.RootElement));
                rest = rest[(int)reader.BytesConsumed..];
            }
            return values;
        }
        catch (Exception e)
            when (e is RowException or JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            return null;
        }
    }

    public static object? Convert(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new Dictionary<string, object?>();
                foreach (var property in element.EnumerateObject())
                {
                    if (map.TryAdd(property.Name, Convert(property.Value)))
                        continue;
                    if (element.EnumerateObject().First(p => p.Name == property.Name).Value.GetRawText() != property.Value.GetRawText())
                        throw new RowException(
                            $"an object has the key '{PathResolver.Shorten(property.Name)}' twice, with different values",
                            "keep one of them"
                        );
                }
                return map;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Convert).ToList();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                // An answer such as 1.50 or a long ID stays as it is written; only numbers that a double represents exactly become numbers.
                var written = element.GetRawText();
                return element.TryGetDouble(out var number) && number.ToString("R", CultureInfo.InvariantCulture) == written
                    ? number
                    : new JsonNumber(written);
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

/// <summary>A JSON number whose spelling a double does not preserve, such as 1.50, 1.0 or a long ID; as text it stays as written.</summary>
internal sealed record JsonNumber(string Written)
{
    public override string ToString() => Written;
}
