using System.Text.Encodings.Web;
using System.Text.Json;

namespace Litre.Core.Json;

/// <summary>
/// How Litre writes JSON: indented by two spaces and with text unescaped, as Python's tools do. Also checks JSON that is read.
/// </summary>
public static class JsonText
{
    public static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Decodes every string once. The parser accepts escapes such as a lone \ud800, which are not characters and would
    /// fail only where they are read.
    /// </summary>
    /// <exception cref="JsonException">A name or string cannot be decoded.</exception>
    public static void CheckTexts(JsonElement element)
    {
        try
        {
            Decode(element);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a string contains half of a surrogate pair", e);
        }
    }

    private static void Decode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Decode(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Decode(property.Value);
                }
                break;
        }
    }
}
