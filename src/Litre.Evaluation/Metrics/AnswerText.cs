using System.Text;

namespace Litre.Evaluation.Metrics;

/// <summary>The form in which answers are compared as text.</summary>
/// <remarks>
/// Among Unicode's compatibility forms (NFKC, UAX #15), only those that keyboards produce are folded: full-width ASCII (U+FF01 to
/// U+FF5E) and the ideographic space. Runs of white space become one space, the ends are trimmed with the full stop that closes a
/// sentence, and letters are lower case.
/// </remarks>
public static class AnswerText
{
    /// <summary>The text with full-width ASCII and the ideographic space as plain ASCII; nothing else changes.</summary>
    public static string HalfWidth(string text) =>
        string.Create(
            text.Length,
            text,
            (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = source[i] switch
                    {
                        >= '\uFF01' and <= '\uFF5E' => (char)(source[i] - 0xFEE0),
                        '\u3000' => ' ',
                        var c => c,
                    };
            }
        );

    /// <summary>The text as it is compared.</summary>
    public static string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in HalfWidth(text).ToLowerInvariant())
        {
            if (!char.IsWhiteSpace(c))
                result.Append(c);
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }
        var trimmed = result.ToString().Trim();
        // An answer that is only a full stop is kept.
        var bare = trimmed.TrimEnd('.', '。').TrimEnd();
        return bare.Length > 0 ? bare : trimmed;
    }
}
