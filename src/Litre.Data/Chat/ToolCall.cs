namespace Litre.Data.Chat;

/// <summary>A function that an answer calls.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments, as JSON.</param>
public sealed record ToolCall(string Name, string Arguments)
{
    public const string Open = "<tool_call>",
        Close = "</tool_call>";

    /// <summary>JSON between tags, the most common format of calls in data and templates.</summary>
    public override string ToString() => $"{Open}\n{{\"name\": \"{Name}\", \"arguments\": {Arguments}}}\n{Close}";

    /// <summary>A text followed by calls, each on separate lines.</summary>
    public static string Append(string text, IReadOnlyList<ToolCall> calls)
    {
        if (calls.Count == 0)
            return text;
        var written = string.Join('\n', calls);
        return text.Length > 0 ? $"{text}\n{written}" : written;
    }
}
