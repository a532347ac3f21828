using System.Buffers;
using System.Globalization;
using System.Text;

namespace Litre.Core;

/// <summary>
/// Text that a terminal only shows. Control characters (all of C0 but line feed and tab, DEL, C1), line and paragraph
/// separators and overrides of the writing direction are spelled as JSON spells them, such as <c>\u001b</c>: nothing is
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

    /// <summary>Whether a terminal would do something else than show the character.</summary>
    public static bool Steers(char character) => Steering.Contains(character);

    /// <summary>Whether any character of the text does.</summary>
    public static bool Steers(ReadOnlySpan<char> text) => text.ContainsAny(Steering);

    /// <summary>The text with what would steer a terminal spelled out. A carriage return before a line feed is dropped.</summary>
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

    /// <summary>The same on one line: line ends become spaces.</summary>
    public static string OneLine(string text) => Of(text.ReplaceLineEndings(" "));
}
