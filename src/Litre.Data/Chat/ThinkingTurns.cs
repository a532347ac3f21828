namespace Litre.Data.Chat;

/// <summary>How the Thinking models' template lays out answers: thoughts are kept after the last question only.</summary>
internal static class ThinkingTurns
{
    private const string Open = "<think>", Close = "</think>";

    /// <summary>Index of the last turn that is a question of the user rather than a tool's response.</summary>
    public static int LastQuestion(IReadOnlyList<Message> messages)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            var text = messages[i].Text;
            if (messages[i].Role == Role.User &&
                !(text.StartsWith("<tool_response>", StringComparison.Ordinal) && text.EndsWith("</tool_response>", StringComparison.Ordinal)))
            {
                return i;
            }
        }
        return messages.Count - 1;
    }

    /// <summary>The text of an answer as the template writes it.</summary>
    public static string Render(string text, bool afterLastQuestion, bool last)
    {
        var (thoughts, answer) = ("", text);
        var close = text.LastIndexOf(Close, StringComparison.Ordinal);
        if (close >= 0)
        {
            var before = text[..text.IndexOf(Close, StringComparison.Ordinal)].TrimEnd('\n');
            var open = before.LastIndexOf(Open, StringComparison.Ordinal);
            thoughts = (open < 0 ? before : before[(open + Open.Length)..]).TrimStart('\n');
            answer = text[(close + Close.Length)..].TrimStart('\n');
        }
        return afterLastQuestion && (last || thoughts.Length > 0)
            ? $"{Open}\n{thoughts.Trim('\n')}\n{Close}\n\n{answer.TrimStart('\n')}"
            : answer;
    }
}
