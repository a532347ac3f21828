namespace Litre.Data.Chat;

/// <summary>Thoughts in answers, which are ignored when answers are compared.</summary>
public static class Thoughts
{
    /// <summary>The marks of the start and the end of a thought.</summary>
    public const string Open = "<think>",
        Close = "</think>";

    /// <summary>A generated answer without its thought; a Thinking model's answer starts within one, which its prompt opens.</summary>
    public static string Without(string answer)
    {
        var end = answer.LastIndexOf(Close, StringComparison.Ordinal);
        return end < 0 ? answer : answer[(end + Close.Length)..].TrimStart();
    }

    /// <summary>An answer without an empty thought before it, which a template with optional thoughts makes a model write.</summary>
    public static string WithoutEmpty(string answer) =>
        AfterOpening(answer) is var rest && rest.StartsWith(Close, StringComparison.Ordinal)
            ? rest[Close.Length..].TrimStart().ToString()
            : answer;

    /// <summary>Whether the beginning of an answer may become an empty thought, so that it cannot be shown yet.</summary>
    public static bool MayBecomeEmpty(string beginning) =>
        Open.AsSpan().StartsWith(beginning.AsSpan().TrimStart(), StringComparison.Ordinal)
        || Close.AsSpan().StartsWith(AfterOpening(beginning), StringComparison.Ordinal);

    private static ReadOnlySpan<char> AfterOpening(string answer)
    {
        var text = answer.AsSpan().TrimStart();
        return text.StartsWith(Open, StringComparison.Ordinal) ? text[Open.Length..].TrimStart() : text;
    }

    /// <summary>The thought in a text, and the answer after it; without a closing mark there is no thought.</summary>
    public static (string Thought, string Answer) Split(string text)
    {
        var close = text.LastIndexOf(Close, StringComparison.Ordinal);
        if (close < 0)
            return ("", text);
        var before = text[..text.IndexOf(Close, StringComparison.Ordinal)].TrimEnd('\n');
        var open = before.LastIndexOf(Open, StringComparison.Ordinal);
        return ((open < 0 ? before : before[(open + Open.Length)..]).TrimStart('\n'), text[(close + Close.Length)..].TrimStart('\n'));
    }

    /// <summary>An answer of the data without its thought, if that is correctly opened and closed.</summary>
    internal static string WithoutMarked(string answer) =>
        answer.AsSpan().TrimStart().StartsWith(Open, StringComparison.Ordinal) && answer.Contains(Close, StringComparison.Ordinal)
            ? Without(answer)
            : answer;
}
