using System.Text.RegularExpressions;

namespace Litre.Evaluation.Metrics;

/// <summary>
/// Which option an answer chooses. FoodieQA's scripts (lyan62/FoodieQA, model-eval/scripts/get_accuracy.py) take the first capital
/// letter of an option, and choose one at random if there is none. This reads the same letters, but only if they stand for themselves
/// ("Apple pie" is not A), also recognizes the text of an option, and counts an answer without a choice as wrong instead of choosing at
/// random.
/// </summary>
public static partial class MultipleChoice
{
    // "答案是B", "答案：（B）", "选B", "我选择 B", "answer is (B)", "option B", "choose B".
    [GeneratedRegex(
        """(?:答案|正确(?:选项|答案)|应?选择?|选项|(?i:\banswer|\boption|\bchoose|\bchoice|\bselect))"""
            + """(?:应该|应|为|是|选|(?i:\s+is\b|\s+would\s+be\b|\s+should\s+be\b))*"""
            + """[\s:：=]*[\[(（【"'*]*\s*([A-Z])(?![A-Za-z])""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Stated { get; }

    // The letter alone, or before a mark: "B", "(B)", "B.", "B、…", "**B**: …".
    [GeneratedRegex("""^[\s\[(【"'*]*([A-Za-z])(?:[\])】"'*\s]*$|[\])】.、,:;*]|\s+(?=\P{Ll}))""", RegexOptions.CultureInvariant)]
    private static partial Regex Leading { get; }

    // A capital that is not part of a word: FoodieQA's rule, except for the words "A" and "I".
    [GeneratedRegex(
        """(?<![A-Za-z'])([A-Z])(?![A-Za-z'])(?!(?<=[AI])\s+(?!(?:or|and|is|as|because|since)\b)[a-z])""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Standalone { get; }

    /// <returns>1 if the answer chooses the correct option, otherwise 0.</returns>
    /// <param name="answer">The answer.</param>
    /// <param name="choices">The options, without letters.</param>
    /// <param name="references">The correct letter, or the correct option's text, or both.</param>
    public static double Score(string answer, IReadOnlyList<string> choices, IReadOnlyList<string> references) =>
        Chosen(answer, choices) is { } chosen && CorrectOptions(choices, references).Contains(chosen) ? 1 : 0;

    /// <summary>The option that an answer chooses, counted from 0; null if it chooses none or several at once.</summary>
    public static int? Chosen(string answer, IReadOnlyList<string> choices)
    {
        var text = AnswerText.HalfWidth(answer).Trim();
        if (OfText(text, choices) is { } whole)
            return whole;
        // The last statement counts: reasoning may name other options on its way.
        foreach (Match match in Stated.Matches(text).Reverse())
            if (Letter(match, choices.Count) is { } stated)
                return stated;
        if (Leading.Match(text) is { Success: true } leading && Letter(leading, choices.Count) is { } first)
            return first;
        if (Mentioned(text, choices) is { } mentioned)
            return mentioned;
        foreach (Match match in Standalone.Matches(text))
            if (Letter(match, choices.Count) is { } standing)
                return standing;
        return null;
    }

    private static int? OfText(string text, IReadOnlyList<string> choices)
    {
        var normal = AnswerText.Normalize(text);
        for (var i = 0; i < choices.Count; i++)
            if (AnswerText.Normalize(choices[i]) == normal)
                return i;
        return null;
    }

    // One option's text inside the answer; if one option's text contains another's, the longer one counts.
    private static int? Mentioned(string text, IReadOnlyList<string> choices)
    {
        var normal = AnswerText.Normalize(text);
        var options = choices.Select(AnswerText.Normalize).ToArray();
        var found = Enumerable.Range(0, options.Length).Where(i => options[i].Length > 0 && Contains(normal, options[i])).ToList();
        found.RemoveAll(i =>
            found.Any(j => j != i && options[j].Length > options[i].Length && options[j].Contains(options[i], StringComparison.Ordinal))
        );
        return found.Count == 1 ? found[0] : null;
    }

    // Latin words and numbers match as a whole: 5 is not in 15.
    private static bool Contains(string text, string option)
    {
        for (var at = text.IndexOf(option, StringComparison.Ordinal); at >= 0; at = text.IndexOf(option, at + 1, StringComparison.Ordinal))
        {
            var end = at + option.Length;
            var startsWord = at == 0 || !(char.IsAsciiLetterOrDigit(text[at - 1]) && char.IsAsciiLetterOrDigit(option[0]));
            var endsWord = end == text.Length || !(char.IsAsciiLetterOrDigit(text[end]) && char.IsAsciiLetterOrDigit(option[^1]));
            if (startsWord && endsWord)
                return true;
        }
        return false;
    }

    private static int? Letter(Match match, int count) =>
        char.ToUpperInvariant(match.Groups[1].ValueSpan[0]) - 'A' is var index && index < count ? index : null;

    private static HashSet<int> CorrectOptions(IReadOnlyList<string> choices, IReadOnlyList<string> references)
    {
        var right = new HashSet<int>();
        foreach (var reference in references)
        {
            // An option's text comes first: an option may be called "B".
            if (OfText(reference, choices) is { } option)
                right.Add(option);
            else if (
                reference.Trim() is [var letter]
                && char.ToUpperInvariant(letter) - 'A' is var index
                && index >= 0
                && index < choices.Count
            )
                right.Add(index);
        }
        return right;
    }
}
