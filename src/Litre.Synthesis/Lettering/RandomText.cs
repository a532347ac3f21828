using System.Globalization;
using Litre.Synthesis.Drawings;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Lettering;

/// <summary>Short random texts of all the sorts that drawings and charts carry.</summary>
internal static class RandomText
{
    // Full ASCII without the quotation marks and backslashes that answers in JSON would escape.
    private const string Anything = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+=()/%#&<>!?φ±°×µ";

    public static string Draw(SeededDraw draw)
    {
        string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => draw.Between(0, 9)));
        string Letters(string from, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => draw.Pick(from.ToCharArray())));
        string Size() => draw.Between(2, 399).ToString(CultureInfo.InvariantCulture) + (draw.Chance(40) ? "." + Digits(1) : "");
        return draw.Between(0, 10) switch
        {
            0 => $"{Letters(DrawingContent.CodeLetters, 2)}-{Digits(4)}",
            1 => $"{(draw.Chance(50) ? "φ" : "")}{Size()}{(draw.Chance(50) ? $"±0.{Digits(draw.Between(1, 2))}" : "")}",
            2 => draw.Pick(DrawingContent.Materials),
            3 => draw.Between(1, 99).ToString(CultureInfo.InvariantCulture),
            4 => $"{draw.Pick(DrawingContent.FirstWords)} {draw.Pick(DrawingContent.SecondWords)}",
            5 => $"{Digits(2)}-{Digits(4)}",
            6 => new DateOnly(draw.Between(1998, 2026), draw.Between(1, 12), draw.Between(1, 28)).ToString(
                draw.Pick((string[])["yyyy-MM-dd", "dd.MM.yyyy", "d MMM yyyy"]),
                CultureInfo.InvariantCulture
            ),
            7 => draw.Pick(DrawingContent.Scales),
            8 => $"{Digits(draw.Between(1, 4))}{(draw.Chance(30) ? "%" : "")}",
            9 => Letters("abcdefghijklmnopqrstuvwxyz", draw.Between(2, 7)) is var word && draw.Chance(60)
                ? char.ToUpperInvariant(word[0]) + word[1..]
                : word,
            _ => Letters(Anything, draw.Between(1, 8)),
        };
    }
}
