namespace Litre.Data.Chat;

/// <summary>Whether an answer's thought is marked as templates of Thinking models expect: opened first, closed once.</summary>
public static class ThoughtMarks
{
    /// <summary>What is wrong with an answer's marks, and what becomes of it; null where nothing is.</summary>
    public static string? FindProblem(Message answer)
    {
        var text = answer.Content;
        var (opened, closed) = (Count(text, Thoughts.Open), Count(text, Thoughts.Close));
        if (answer.Thought != null && opened + closed > 0)
            return "an answer has a thought of its own beside <think> in its text: a Thinking model's template writes both; give one";
        if (opened == 0 && closed == 0)
            return null;
        if (opened > closed)
            return "an answer opens <think> and never closes it: the template takes all of it for the answer, not for "
                + "a thought; close it with </think>";
        if (
            opened < closed
            && text.IndexOf(Thoughts.Close, StringComparison.Ordinal) is var close
            && (opened == 0 || text.IndexOf(Thoughts.Open, StringComparison.Ordinal) > close)
        )
            return "an answer closes </think> without opening it: a Thinking model's template takes what is before "
                + "the first for the thought and what is after the last for the answer; open it with <think>";
        if (opened > 1 || closed > 1)
            return "an answer holds several thoughts: a Thinking model's template keeps the first and what follows "
                + "the last; join them into one before the answer";
        return text.AsSpan().TrimStart().StartsWith(Thoughts.Open, StringComparison.Ordinal)
            ? null
            : "an answer has text before <think>: a Thinking model's template omits it; begin with the thought";
    }

    /// <summary>True where an answer holds a thought, in its text or beside it.</summary>
    public static bool ContainsThought(Message answer) =>
        answer.Thought?.Trim('\n') is { Length: > 0 } || Thoughts.Split(answer.Content).Thought.Length > 0;

    /// <summary>
    /// True where an answer's text begins with a thought, an empty one included, that is opened and closed as it should be.
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
