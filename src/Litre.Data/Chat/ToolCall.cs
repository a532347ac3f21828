namespace Litre.Data.Chat;

/// <summary>A function that an answer calls.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments, as JSON.</param>
public sealed record ToolCall(string Name, string Arguments)
{
    public const string Open = "<tool_call>",
        Close = "</tool_call>";

    /// <summary>As JSON between tags, the way in which most data and templates write calls.</summary>
    public override string ToString() => $"{Open}\n{{\"name\": \"{Name}\", \"arguments\": {Arguments}}}\n{Close}";

    /// <summary>A text with calls after it, each on lines of its own.</summary>
    public static string Append(string text, IReadOnlyList<ToolCall> calls)
    {
        if (calls.Count == 0)
            return text;
        var written = string.Join('\n', calls);
        return text.Length > 0 ? $"{text}\n{written}" : written;
    }
}
