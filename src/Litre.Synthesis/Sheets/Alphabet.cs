using System.Collections.Frozen;

namespace Litre.Synthesis.Sheets;

/// <summary>
/// Litre's own stroke font: every printable ASCII character, <c>φ ± ° × µ</c>, and the Chinese characters that headings
/// need. Designed for capitals of 9 to 11 pixels, at which 0 and O, 1, l and I, 5 and S, 8 and B, 2 and Z must not look alike.
/// </summary>
internal static partial class Alphabet
{
    /// <summary>Space between two characters, on the grid of <see cref="Glyph"/>.</summary>
    public const float Gap = 1.9f;

    private static readonly FrozenDictionary<char, Glyph> Glyphs = Latin
        .Select(p => (p.Key, Glyph: Glyph.Parse(p.Value)))
        .Concat(Chinese.Select(p => (p.Key, Glyph: Glyph.Parse(p.Value).Raise(FieldTop))))
        .ToFrozenDictionary(p => p.Key, p => p.Glyph);

    /// <summary>Whether every character can be drawn.</summary>
    public static bool Covers(string text) => text.All(Glyphs.ContainsKey);

    /// <exception cref="ArgumentException">There are no strokes for it.</exception>
    public static Glyph Of(char character) =>
        Glyphs.TryGetValue(character, out var glyph)
            ? glyph
            : throw new ArgumentException($"there are no strokes for '{character}' (U+{(int)character:X4})");

    /// <summary>Width of a line of text in pixels, from the first ink to the last, without the pen's width.</summary>
    public static float Width(string text, float capHeight)
    {
        var width = 0f;
        foreach (var character in text)
            width += Of(character).Width + Gap;
        return Math.Max(width - Gap, 0) * capHeight / 10;
    }

    /// <summary>How far a text reaches below its baseline, in pixels.</summary>
    public static float Descent(string text, float capHeight)
    {
        var lowest = 10f;
        foreach (var character in text)
            lowest = Math.Max(lowest, Of(character).Lowest);
        return (lowest - 10) * capHeight / 10;
    }

    /// <summary>How far a text reaches above its baseline, in pixels; at least the height of capitals.</summary>
    public static float Ascent(string text, float capHeight)
    {
        var highest = 0f;
        foreach (var character in text)
            highest = Math.Min(highest, Of(character).Highest);
        return (10 - highest) * capHeight / 10;
    }
}
