using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The number of terminal columns of a text: two for each CJK character and emoji, none for combining marks.</summary>
internal static class CellText
{
    private const int EmojiPresentation = 0xfe0f;

    /// <summary>Returns the columns of a text without control characters.</summary>
    public static int Width(string text)
    {
        if (Ascii.IsValid(text))
            return text.Length;
        var width = 0;
        for (var at = 0; at < text.Length; )
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            width += ElementWidth(text.AsSpan(at, length));
            at += length;
        }
        return width;
    }

    /// <summary>Returns the columns of one text element: a base character with its marks, or joined emoji.</summary>
    public static int ElementWidth(ReadOnlySpan<char> element)
    {
        _ = Rune.DecodeFromUtf16(element, out var rune, out var used);
        // Measured as a rune: a single char could be half of an emoji.
        var width = Math.Max(0, rune.ToString().GetCellWidth());
        foreach (var next in element[used..].EnumerateRunes())
        {
            if (next.Value == EmojiPresentation)
                width = 2;
        }
        return width;
    }

    /// <summary>Returns the beginning of the text that fits into the given number of columns.</summary>
    public static string Cut(string text, int columns)
    {
        var (used, at) = (0, 0);
        while (at < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            var width = ElementWidth(text.AsSpan(at, length));
            if (used + width > columns)
                return text[..at];
            (used, at) = (used + width, at + length);
        }
        return text;
    }

    /// <summary>Returns the text truncated with an ellipsis, or padded with spaces, to exactly the given number of columns.</summary>
    public static string Fit(string text, int columns, bool unicode)
    {
        var mark = unicode ? "…" : "~";
        if (Width(text) > columns)
            text = columns > 1 ? Cut(text, columns - 1) + mark : Cut(text, columns);
        return text + new string(' ', Math.Max(0, columns - Width(text)));
    }
}
