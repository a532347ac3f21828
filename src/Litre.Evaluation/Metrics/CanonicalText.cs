using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Evaluation.Metrics;

/// <summary>
/// The form in which <see cref="ExactMatch"/> compares answers: two answers are equal if they differ only in spelling that carries no
/// meaning. Digits, signs, units and decimal marks always count; <c>docs/metrics.md</c> lists what does not, with examples.
/// </summary>
public static partial class CanonicalText
{
    // 1,234 and 1,234,567.5; but not 0,125 (a decimal comma) and not 1,23.
    [GeneratedRegex("""(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])""", RegexOptions.CultureInvariant)]
    private static partial Regex CommaGroups { get; }

    // The same with the spaces that are set between groups of digits: no-break, thin, narrow no-break.
    [GeneratedRegex("""(?<!\d)[1-9]\d{0,2}(?:[\u00A0\u2009\u202F]\d{3})+(?!\d)""", RegexOptions.CultureInvariant)]
    private static partial Regex SpacedGroups { get; }

    // Units in one character are their letters; superscripts stay: 10² is not 102.
    private static readonly Dictionary<char, string> Units = new()
    {
        ['℃'] = "°C",
        ['℉'] = "°F",
        ['㎚'] = "nm",
        ['㎛'] = "μm",
        ['㎜'] = "mm",
        ['㎝'] = "cm",
        ['㎞'] = "km",
        ['㎟'] = "mm²",
        ['㎠'] = "cm²",
        ['㎡'] = "m²",
        ['㎢'] = "km²",
        ['㎣'] = "mm³",
        ['㎤'] = "cm³",
        ['㎥'] = "m³",
        ['㎦'] = "km³",
        ['㎕'] = "μl",
        ['㎖'] = "ml",
        ['㎗'] = "dl",
        ['㎘'] = "kl",
        ['㎍'] = "μg",
        ['㎎'] = "mg",
        ['㎏'] = "kg",
        ['㎐'] = "Hz",
        ['㎑'] = "kHz",
        ['㎒'] = "MHz",
        ['㎓'] = "GHz",
        ['㎧'] = "m/s",
        ['㎩'] = "Pa",
        ['㎪'] = "kPa",
        ['㎫'] = "MPa",
        ['㎬'] = "GPa",
        ['㎶'] = "μV",
        ['㎷'] = "mV",
        ['㎸'] = "kV",
        ['㎃'] = "mA",
        ['㎂'] = "μA",
        ['㎼'] = "μW",
        ['㎽'] = "mW",
        ['㎾'] = "kW",
        ['㎿'] = "MW",
        ['㏀'] = "kΩ",
        ['㏁'] = "MΩ",
        ['㎳'] = "ms",
        ['㎲'] = "μs",
    };

    // A multiplication sign between figures or in front of one: 10×20, 10*20, 4×M8.
    [GeneratedRegex("""(?<=[\d\p{L})])\s*[×✕✖*]\s*(?=[\d\p{L}(])|(?<=\d)\s*x\s*(?=\d|[a-z]\d)""", RegexOptions.CultureInvariant)]
    private static partial Regex Times { get; }

    /// <summary>The text as it is compared.</summary>
    public static string Of(string text)
    {
        var folded = SpacedGroups.Replace(text, m => string.Concat(m.Value.Where(char.IsAsciiDigit)));
        folded = AnswerText.Normalize(Fold(folded));
        folded = AnswerText.Normalize(Unwrapped(folded));
        folded = CommaGroups.Replace(folded, m => m.Value.Replace(",", "", StringComparison.Ordinal));
        folded = Times.Replace(folded, "×");
        return WithoutLooseSpaces(folded);
    }

    private static string Fold(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                // A list's mark, never one within a number.
                '、' or '､' => result.Append(", "),
                '。' or '｡' => result.Append('.'),
                '∶' or '︰' or '﹕' => result.Append(':'),
                '‐' or '‑' or '‒' or '–' or '—' or '−' or '－' or '﹣' => result.Append('-'),
                '“' or '”' or '„' or '「' or '」' or '『' or '』' => result.Append('"'),
                '‘' or '’' => result.Append('\''),
                '【' or '〔' or '［' => result.Append('['),
                '】' or '〕' or '］' => result.Append(']'),
                '⌀' or 'Ø' or 'Φ' or 'φ' or 'ø' => result.Append('ø'),
                'µ' => result.Append('μ'),
                '⁄' or '∕' => result.Append('/'),
                '\u200B' or '\u200C' or '\u200D' or '\uFEFF' or '\u00AD' => result,
                _ when Units.TryGetValue(c, out var unit) => result.Append(unit),
                _ => result.Append(c),
            };
        }
        return result.ToString();
    }

    // Quotes, Markdown's emphasis and code marks around the whole answer.
    private static string Unwrapped(string text)
    {
        foreach (var mark in (ReadOnlySpan<string>)["**", "\"", "'", "`", "$"])
        {
            if (
                text.Length > 2 * mark.Length
                && text.StartsWith(mark, StringComparison.Ordinal)
                && text.EndsWith(mark, StringComparison.Ordinal)
                && !text[mark.Length..^mark.Length].Contains(mark, StringComparison.Ordinal)
            )
                text = text[mark.Length..^mark.Length];
        }
        return text;
    }

    // A space counts between two words and between two numbers; next to punctuation and Chinese characters, and between a number and
    // its unit, it does not.
    private static string WithoutLooseSpaces(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ' ' || i == 0 || i == text.Length - 1 || Counts(text[i - 1], text[i + 1]))
                result.Append(text[i]);
        }
        return result.ToString();

        // "3 -5" is two numbers and "3-5" a range: these spaces stay.
        static bool Counts(char before, char after) =>
            (IsWord(before) && IsWord(after) && char.IsAsciiDigit(before) == char.IsAsciiDigit(after))
            || (char.IsAsciiDigit(before) && after is '-' or '.')
            || (IsWord(before) && after is '(')
            || (before is ')' && IsWord(after));

        static bool IsWord(char c) => char.IsLetterOrDigit(c) && !IsChinese(c);
    }

    internal static bool IsChinese(char c) =>
        c
            is (>= '\u3040' and <= '\u30FF')
                or (>= '\u3400' and <= '\u9FFF')
                or (>= '\uF900' and <= '\uFAFF')
                or (>= '\uAC00' and <= '\uD7AF');
}
