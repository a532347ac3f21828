using System.Globalization;
using System.Text.Json;
using Litre.Core;

namespace Litre.Server.Answers;

/// <summary>A value in the body of a request, and where it is. Refusals name the place.</summary>
/// <param name="Value">The value.</param>
/// <param name="Path">Its place, such as <c>messages[0].content</c>; empty for the body.</param>
internal readonly record struct RequestField(JsonElement Value, string Path)
{
    public bool IsText => Value.ValueKind == JsonValueKind.String;

    public bool IsList => Value.ValueKind == JsonValueKind.Array;

    /// <summary>A field of an object; null if it is missing or null.</summary>
    /// <exception cref="InputException">This is not an object.</exception>
    public RequestField? Get(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object)
            throw Refuse("expected an object");
        return Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new RequestField(value, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    /// <exception cref="InputException">It is missing.</exception>
    public RequestField Require(string name) =>
        Get(name) ?? throw new InputException(Path.Length == 0 ? name : $"{Path}.{name}", null, "is required", null);

    /// <exception cref="InputException">This is not text.</exception>
    public string Text()
    {
        try
        {
            return IsText ? Value.GetString()! : throw Refuse("expected text");
        }
        catch (InvalidOperationException)
        {
            throw Refuse("the text is not valid Unicode");
        }
    }

    /// <exception cref="InputException">This is not true or false.</exception>
    public bool Truth() =>
        Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Refuse("expected true or false");

    /// <exception cref="InputException">This is not a whole number.</exception>
    public int Integer() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) ? number : throw Refuse("expected a whole number");

    /// <exception cref="InputException">This is not a number.</exception>
    public double Number() => Value.ValueKind == JsonValueKind.Number ? Value.GetDouble() : throw Refuse("expected a number");

    /// <exception cref="InputException">This is not a list.</exception>
    public IEnumerable<RequestField> Items()
    {
        if (!IsList)
            throw Refuse("expected a list");
        var path = Path;
        return Value.EnumerateArray().Select((item, i) => new RequestField(item, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]"));
    }

    public InputException Refuse(string reason, string? remedy = null) => new(Path, null, reason, remedy);
}
