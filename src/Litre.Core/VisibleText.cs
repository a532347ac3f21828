using System.Buffers;
using System.Globalization;
using System.Text;

namespace Litre.Core;

/// <summary>
/// Text that cannot control a terminal. Control characters (all of C0 but line feed and tab, DEL, C1), line and paragraph
/// separators and overrides of the writing direction are replaced by their JSON escapes, such as <c>\u001b</c>: nothing is
/// hidden, and what was valid JSON stays valid JSON with the same values.
/// </summary>
public static class VisibleText
{
    private static readonly SearchValues<char> Steering = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Select(code => (char)code).Except(['\n', '\t']),
        .. Enumerable.Range(0x7f, 0x21).Select(code => (char)code),
        '\u2028',
        '\u2029',
        '\u202a',
        '\u202b',
        '\u202c',
        '\u202d',
        '\u202e',
        '\u2066',
        '\u2067',
        '\u2068',
        '\u2069',
    ]);

    /// <summary>Whether a terminal would act on the character instead of showing it.</summary>
    public static bool Steers(char character) => Steering.Contains(character);

    /// <summary>Whether a terminal would act on any character of the text.</summary>
    public static bool Steers(ReadOnlySpan<char> text) => text.ContainsAny(Steering);

    /// <summary>The text with characters that a terminal acts on escaped. A carriage return before a line feed is dropped.</summary>
    public static string Of(string text) => Steers(text) ? Of(text.AsSpan()) : text;

    /// <inheritdoc cref="Of(string)"/>
    public static string Of(ReadOnlySpan<char> text)
    {
        var visible = new StringBuilder(text.Length + 16);
        while (text.IndexOfAny(Steering) is var at and >= 0)
        {
            visible.Append(text[..at]);
            if (text[at] != '\r' || at + 1 == text.Length || text[at + 1] != '\n')
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:x4}");
            text = text[(at + 1)..];
        }
        return visible.Append(text).ToString();
    }

    /// <summary>The same text on one line: line breaks become spaces.</summary>
    public static string OneLine(string text) => Of(text.ReplaceLineEndings(" "));
}
