using Litre.Data.Chat;
using Litre.Data.Keys;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>Extracts thoughts and calls from a turn's parts, where converted data have them.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="content">Its content.</param>
    /// <param name="calls">Receives the calls.</param>
    /// <param name="thought">The thought; null if there is none.</param>
    /// <returns>The content without them.</returns>
    private static object? WithoutCalls(RowFields turn, object? content, List<ToolCall> calls, out string? thought)
    {
        thought = null;
        if (content is not List<object?> parts || !parts.Any(p => KindOf(p) != null))
            return content;
        var rest = new List<object?>();
        foreach (var part in parts)
        {
            if (KindOf(part) is not { } kind)
            {
                if (calls.Count > 0)
                    throw new RowException(
                        "a turn has a text or an image after a call, and the template writes calls last",
                        "give them as separate turns"
                    );
                rest.Add(part);
                continue;
            }
            var fields = turn.ForLevel(KeyLevel.Part, (Dictionary<string, object?>)part!);
            fields.Use("type", "type of the part");
            var key =
                fields.First("value", kind, "text", "content")
                ?? throw new RowException(
                    $"a part of the type '{kind}' has the keys {fields}, expected value",
                    "write its content under value"
                );
            if (kind == "tool_call")
                fields.ReadValue(key, () => ReadCalls(fields.Use(key, "function calls")!, key, calls));
            else if (thought == null)
                thought = ReadText(fields, key, "thought before the answer");
            else
                throw fields.Refuse(key, "the turn gives two thoughts", "give one");
        }
        return rest;
    }

    private static string? KindOf(object? part) =>
        part is Dictionary<string, object?> map && map.GetValueOrDefault("type") is "reasoning" or "thinking" or "tool_call"
            ? (string)map["type"]!
            : null;

    private static Message With(Message message, List<ToolCall> calls, string? thought)
    {
        if (calls.Count == 0 && thought == null)
            return message;
        if (message.Role != Role.Assistant)
            throw new RowException(
                $"a turn of the {message.Role.ToString().ToLowerInvariant()} has "
                    + $"{(thought == null ? "calls" : "a thought")}, which only answers can have",
                "correct its role, or omit the part"
            );
        if (thought != null && message.Thought != null)
            throw new RowException("the turn gives two thoughts, one of them as a part", "give one");
        return message with { ToolCalls = [.. calls, .. message.ToolCalls], Thought = thought ?? message.Thought };
    }
}
