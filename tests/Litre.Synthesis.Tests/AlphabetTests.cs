using Litre.Data.Imaging;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

public sealed class AlphabetTests
{
    // Squared difference of shades over all pixels of both; two random letters have about 10.
    private const double LeastDifference = 3;

    private static readonly string Characters = string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c)) + "φ±°×µ";

    [Fact]
    public void Of_EveryCharacter_HasStrokesOnTheGrid()
    {
        foreach (var character in Characters)
        {
            var glyph = Alphabet.Of(character);
            Assert.InRange(glyph.Width, 0, 9);
            Assert.All(glyph.Strokes, s => Assert.True(s.Length >= 4 && s.Length % 2 == 0));
            Assert.All(glyph.Strokes.SelectMany(s => s.Where((_, i) => i % 2 == 0)), x => Assert.InRange(x, -0.01f, glyph.Width + 0.01f));
            Assert.All(glyph.Strokes.SelectMany(s => s.Where((_, i) => i % 2 == 1)), y => Assert.InRange(y, -0.7f, 12.5f));
        }
        Assert.Throws<ArgumentException>(() => Alphabet.Of('Ω'));
    }

    [Fact]
    public void Render_ChineseCharacters_AllDiffer()
    {
        var characters = "序号代图名称数量材料比例日期年月产销成本利润和至件吨万元东南西北中";
        var ink = characters.Select(c => (c, Ink: Ink(c, 10))).ToList();
        foreach (var (a, inkA) in ink)
        {
            foreach (var (b, inkB) in ink.Where(i => i.c > a))
                Assert.True(inkA.Zip(inkB, (x, y) => (x - y) * (x - y)).Sum() > 4 * LeastDifference, $"'{a}' and '{b}'");
        }
    }

    [Theory]
    [InlineData("0O")]
    [InlineData("0D")]
    [InlineData("1l")]
    [InlineData("1I")]
    [InlineData("lI")]
    [InlineData("17")]
    [InlineData("5S")]
    [InlineData("56")]
    [InlineData("8B")]
    [InlineData("83")]
    [InlineData("86")]
    [InlineData("2Z")]
    [InlineData("69")]
    [InlineData("0φ")]
    [InlineData("0Q")]
    [InlineData("UV")]
    [InlineData("MN")]
    public void Render_LikeCharacters_Differ(string pair)
    {
        foreach (var capHeight in (float[])[9, 10, 11])
        {
            var (a, b) = (Ink(pair[0], capHeight), Ink(pair[1], capHeight));
            var difference = a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();
            Assert.True(difference > LeastDifference, $"'{pair[0]}' and '{pair[1]}' at {capHeight} pixels differ by {difference:0.0}");
        }
    }

    // Centred, so that the same shape beside itself would not count as different.
    private static double[] Ink(char character, float capHeight)
    {
        var sheet = new Canvas(32, 32) { CapHeight = capHeight };
        sheet.Write(character.ToString(), 16, 22, 0.5f);
        using var renderer = new CanvasRenderer(32, 32);
        using var image = ImageDecoder.Decode("letter", renderer.Render(sheet), ImageLimits.Default);
        return Shades(image);
    }

    private static double[] Shades(RgbaImage image)
    {
        var shades = new double[image.Width * image.Height];
        for (var i = 0; i < shades.Length; i++)
            shades[i] = 1 - image.Pixels[4 * i] / 255.0;
        return shades;
    }
}
