namespace Litre.Data.Chat;

/// <summary>Thoughts in answers, which are not what an answer is compared by.</summary>
public static class Thoughts
{
    private const string Open = "<think>",
        Close = "</think>";

    /// <summary>An answer as a model gives it, without its thought; a Thinking model's begins within one, which its prompt opens.</summary>
    public static string Without(string answer)
    {
        var end = answer.LastIndexOf(Close, StringComparison.Ordinal);
        return end < 0 ? answer : answer[(end + Close.Length)..].TrimStart();
    }

    /// <summary>An answer as data give it, without its thought where that is opened and closed as it should be.</summary>
    internal static string WithoutMarked(string answer) =>
        answer.AsSpan().TrimStart().StartsWith(Open, StringComparison.Ordinal) && answer.Contains(Close, StringComparison.Ordinal)
            ? Without(answer)
            : answer;
}
