using System.Text.Json;

namespace Litre.Core.Json;

/// <summary>
/// Typed access to the fields of a JSON object from a user's file. Every message names the file and the field's
/// full name. A field that is null counts as absent.
/// </summary>
public sealed class JsonFields : IDisposable
{
    private readonly JsonDocument? _owned;
    private readonly JsonElement _element;
    private readonly string _prefix;

    private JsonFields(string file, string prefix, JsonElement element, JsonDocument? owned)
    {
        File = file;
        _prefix = prefix;
        _element = element;
        _owned = owned;
    }

    public string File { get; }

    public static JsonFields Read(string path) => Parse(path, FileReading.ReadText(path));

    public static JsonFields Parse(string file, string text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonText.CheckTexts(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException(
                $"{file}: line {((e as JsonException)?.LineNumber ?? 0) + 1}: not valid JSON ({Reason(e)}); fix it or download it again",
                e
            );
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return new JsonFields(file, "", document.RootElement, document);
        document.Dispose();
        throw new InputException($"{file}: is not a JSON object; download it again");
    }

    public IEnumerable<JsonProperty> Items() => _element.EnumerateObject();

    public string Name(string field) => _prefix + field;

    public bool Has(string field) => TryGet(field, out _);

    public bool TryGet(string field, out JsonElement value) =>
        _element.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;

    public JsonFields Object(string field) => ObjectOrNull(field) ?? throw Missing(field);

    public JsonFields? ObjectOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(field, value, "an object");
        return new JsonFields(File, $"{_prefix}{field}.", value, null);
    }

    public int Int(string field) => IntOrNull(field) ?? throw Missing(field);

    public int? IntOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        return AsInt(field, value);
    }

    /// <summary>A size: a whole number above zero.</summary>
    public int Size(string field)
    {
        var value = Int(field);
        return value > 0 ? value : throw Refuse(field, $"is {value}, expected a number above 0");
    }

    public double Double(string field) => DoubleOrNull(field) ?? throw Missing(field);

    public double? DoubleOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
            throw Wrong(field, value, "a finite number");
        return number;
    }

    public bool? BoolOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Wrong(field, value, "true or false");
        return value.GetBoolean();
    }

    public string? TextOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(field, value, "a text");
    }

    public int[]? IntsOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(field, value, "a list of whole numbers");
        return [.. value.EnumerateArray().Select(item => AsInt(field, item))];
    }

    /// <summary>One whole number, or a list of them.</summary>
    public int[]? IntOrInts(string field) =>
        TryGet(field, out var value) && value.ValueKind == JsonValueKind.Array ? IntsOrNull(field)
        : IntOrNull(field) is { } single ? [single]
        : null;

    public string[]? TextsOrNull(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(i => i.ValueKind != JsonValueKind.String))
            throw Wrong(field, value, "a list of strings");
        return [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>The exception for a value that Litre refuses.</summary>
    public InputException Refuse(string field, string reason) => new($"{File}: {Name(field)} {reason}");

    public InputException Missing(string field) => new($"{File}: {Name(field)} is missing; download the file again");

    public void Dispose() => _owned?.Dispose();

    private int AsInt(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(field, value, "a whole number");

    private InputException Wrong(string field, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        if (text.Length > 60)
            text = text[..60] + "…";
        return Refuse(field, $"is {text}, expected {expected}");
    }

    private static string Reason(Exception e)
    {
        // .NET appends its own position; the line is in the message already.
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.').ReplaceLineEndings(" ");
    }
}
