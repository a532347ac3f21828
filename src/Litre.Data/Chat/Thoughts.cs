namespace Litre.Data.Chat;

/// <summary>Thoughts in answers, which are not what an answer is compared by.</summary>
public static class Thoughts
{
    /// <summary>Mark the beginning and the end of a thought.</summary>
    public const string Open = "<think>",
        Close = "</think>";

    /// <summary>An answer as a model gives it, without its thought; a Thinking model's begins within one, which its prompt opens.</summary>
    public static string Without(string answer)
    {
        var end = answer.LastIndexOf(Close, StringComparison.Ordinal);
        return end < 0 ? answer : answer[(end + Close.Length)..].TrimStart();
    }

    /// <summary>What stands in a text as its thought, and as the answer after it; no thought where none is closed.</summary>
    public static (string Thought, string Answer) Split(string text)
    {
        var close = text.LastIndexOf(Close, StringComparison.Ordinal);
        if (close < 0)
            return ("", text);
        var before = text[..text.IndexOf(Close, StringComparison.Ordinal)].TrimEnd('\n');
        var open = before.LastIndexOf(Open, StringComparison.Ordinal);
        return ((open < 0 ? before : before[(open + Open.Length)..]).TrimStart('\n'), text[(close + Close.Length)..].TrimStart('\n'));
    }

    /// <summary>An answer as data give it, without its thought where that is opened and closed as it should be.</summary>
    internal static string WithoutMarked(string answer) =>
        answer.AsSpan().TrimStart().StartsWith(Open, StringComparison.Ordinal) && answer.Contains(Close, StringComparison.Ordinal)
            ? Without(answer)
            : answer;
}
