namespace Litre.Data.Chat;

/// <summary>Checks that an answer's thought is marked as templates of Thinking models expect: opened first, closed once.</summary>
public static class ThoughtMarks
{
    /// <summary>What is wrong with an answer's marks, and its effect; null if they are correct.</summary>
    public static string? FindProblem(Message answer)
    {
        var text = answer.Content;
        var (opened, closed) = (Count(text, Thoughts.Open), Count(text, Thoughts.Close));
        if (answer.Thought != null && opened + closed > 0)
            return "an answer has a separate thought in addition to <think> in its text: a Thinking model's template writes both; give one";
        if (opened == 0 && closed == 0)
            return null;
        if (opened > closed)
            return "an answer opens <think> and never closes it: the template treats all of it as the answer, not as "
                + "a thought; close it with </think>";
        if (
            opened < closed
            && text.IndexOf(Thoughts.Close, StringComparison.Ordinal) is var close
            && (opened == 0 || text.IndexOf(Thoughts.Open, StringComparison.Ordinal) > close)
        )
            return "an answer closes </think> without opening it: a Thinking model's template treats the text before "
                + "the first one as the thought and the text after the last one as the answer; open it with <think>";
        if (opened > 1 || closed > 1)
            return "an answer contains several thoughts: a Thinking model's template keeps the first and the text after "
                + "the last; join them into one before the answer";
        return text.AsSpan().TrimStart().StartsWith(Thoughts.Open, StringComparison.Ordinal)
            ? null
            : "an answer has text before <think>: a Thinking model's template omits it; start with the thought";
    }

    /// <summary>True if an answer contains a thought, in its text or separately.</summary>
    public static bool ContainsThought(Message answer) =>
        answer.Thought?.Trim('\n') is { Length: > 0 } || Thoughts.Split(answer.Content).Thought.Length > 0;

    /// <summary>
    /// True if an answer's text starts with a correctly opened and closed thought, which may be empty.
    /// </summary>
    public static bool StartsWithThought(Message answer) =>
        answer.Content.AsSpan().TrimStart().StartsWith(Thoughts.Open, StringComparison.Ordinal) && FindProblem(answer) == null;

    private static int Count(string text, string mark)
    {
        var count = 0;
        for (
            var at = text.IndexOf(mark, StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf(mark, at + mark.Length, StringComparison.Ordinal)
        )
            count++;
        return count;
    }
}
