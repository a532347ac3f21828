using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen;

/// <summary>How templates with thoughts write answers: only thoughts after the last question are kept.</summary>
internal static class ThinkingTurns
{
    /// <summary>Index of the last turn that is a question of the user rather than a tool's response.</summary>
    public static int LastQuestion(IReadOnlyList<Message> messages)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            if (messages[i].Role == Role.User && !IsToolResponse(messages[i].Parts))
                return i;
        }
        return messages.Count - 1;
    }

    /// <summary>The text of an answer as the template writes it.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="afterLastQuestion">No question of the user follows it.</param>
    /// <param name="last">It is the conversation's last turn.</param>
    public static string Render(Message message, bool afterLastQuestion, bool last)
    {
        var (thoughts, answer) = message.Thought is { } apart ? (apart, message.Content) : Thoughts.Split(message.Content);
        var written =
            afterLastQuestion && (last || thoughts.Length > 0)
                ? $"{Thoughts.Open}\n{thoughts.Trim('\n')}\n{Thoughts.Close}\n\n{answer.TrimStart('\n')}"
                : answer;
        return message.ToolCalls.Count == 0 ? written : written + (answer.Length > 0 ? "\n" : "") + ToolCall.Append("", message.ToolCalls);
    }

    private static bool IsToolResponse(IReadOnlyList<ContentPart> parts) =>
        parts.Count > 0
        && parts[0].Kind == ContentKind.Text
        && parts[^1].Kind == ContentKind.Text
        && parts[0].Text.StartsWith("<tool_response>", StringComparison.Ordinal)
        && parts[^1].Text.EndsWith("</tool_response>", StringComparison.Ordinal);
}
