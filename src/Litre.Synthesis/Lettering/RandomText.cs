using System.Globalization;
using Litre.Synthesis.Drawings;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Lettering;

/// <summary>Short random texts of all kinds that occur in drawings and charts.</summary>
internal static class RandomText
{
    // Full ASCII without the quotation marks and backslashes that answers in JSON would escape.
    private const string Anything = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+=()/%#&<>!?φ±°×µ";

    public static string Generate(SeededRandom random)
    {
        string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => random.Between(0, 9)));
        string Letters(string from, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => random.Pick(from.ToCharArray())));
        string Size() => random.Between(2, 399).ToString(CultureInfo.InvariantCulture) + (random.Chance(40) ? "." + Digits(1) : "");
        return random.Between(0, 10) switch
        {
            0 => $"{Letters(DrawingContent.CodeLetters, 2)}-{Digits(4)}",
            1 => $"{(random.Chance(50) ? "φ" : "")}{Size()}{(random.Chance(50) ? $"±0.{Digits(random.Between(1, 2))}" : "")}",
            2 => random.Pick(DrawingContent.Materials),
            3 => random.Between(1, 99).ToString(CultureInfo.InvariantCulture),
            4 => $"{random.Pick(DrawingContent.FirstWords)} {random.Pick(DrawingContent.SecondWords)}",
            5 => $"{Digits(2)}-{Digits(4)}",
            6 => new DateOnly(random.Between(1998, 2026), random.Between(1, 12), random.Between(1, 28)).ToString(
                random.Pick((string[])["yyyy-MM-dd", "dd.MM.yyyy", "d MMM yyyy"]),
                CultureInfo.InvariantCulture
            ),
            7 => random.Pick(DrawingContent.Scales),
            8 => $"{Digits(random.Between(1, 4))}{(random.Chance(30) ? "%" : "")}",
            9 => Letters("abcdefghijklmnopqrstuvwxyz", random.Between(2, 7)) is var word && random.Chance(60)
                ? char.ToUpperInvariant(word[0]) + word[1..]
                : word,
            _ => Letters(Anything, random.Between(1, 8)),
        };
    }
}
