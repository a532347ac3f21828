namespace Litre.Evaluation.Metrics;

/// <summary>
/// Distinguishes short facts from longer texts by a reference's length and digits. A number, a name, a scale, a code or a date is
/// either right or wrong; for a sentence or a description, its similarity to the reference is more informative.
/// </summary>
public static class ShortFact
{
    /// <summary>Maximum words of a short fact; a Chinese, Japanese or Korean character counts as half a word.</summary>
    public const double MaxWords = 6;

    /// <summary>The same for a text with digits: numbers, codes and dates are facts in longer texts too.</summary>
    public const double MaxWordsWithDigits = 10;

    /// <summary>Maximum characters of a short fact.</summary>
    public const int MaxCharacters = 60;

    /// <summary>Whether all accepted answers are short facts.</summary>
    public static bool IsShortFact(IReadOnlyList<string> references) => references.All(IsShortFact);

    private static bool IsShortFact(string reference)
    {
        var text = AnswerText.Normalize(reference);
        return text.Length <= MaxCharacters && Words(text) <= (text.Any(char.IsAsciiDigit) ? MaxWordsWithDigits : MaxWords);
    }

    private static double Words(string text)
    {
        var (words, inWord) = (0.0, false);
        foreach (var c in text)
        {
            var chinese = CanonicalText.IsChinese(c);
            var letter = !chinese && char.IsLetterOrDigit(c);
            words +=
                chinese ? 0.5
                : letter && !inWord ? 1
                : 0;
            // 10x20 and GB/T1804 are one word, 3.5 too.
            inWord = letter || (inWord && !char.IsWhiteSpace(c) && !chinese);
        }
        return words;
    }
}
