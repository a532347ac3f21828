using Litre.Data.Imaging;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

/// <summary>What every image must look like, looked at without the generator's own tests of room.</summary>
public sealed class CanvasTests
{
    private const int ImageCount = 60;

    public static TheoryData<SyntheticImageKind, string> EveryStyle => DataSetGeneratorTests.EveryStyle;

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Texts_EveryImage_AreApartAndInside(SyntheticImageKind kind, string style)
    {
        var source = new ImageComposer(kind, style, 7);
        for (var index = 0; index < ImageCount; index++)
        {
            var sheet = source.Compose(index).Canvas;
            for (var i = 0; i < sheet.Texts.Count; i++)
            {
                var a = sheet.Texts[i].Area;
                Assert.True(
                    a.Left >= 1 && a.Top >= 1 && a.Right <= sheet.Width - 1 && a.Bottom <= sheet.Height - 1,
                    $"{style} {index}: {sheet.Texts[i]}"
                );
                for (var j = 0; j < i; j++)
                {
                    var b = sheet.Texts[j].Area;
                    var apart = Math.Max(Math.Max(a.Left - b.Right, b.Left - a.Right), Math.Max(a.Top - b.Bottom, b.Top - a.Bottom));
                    Assert.True(apart >= 1, $"{style} {index}: '{sheet.Texts[i].Text}' and '{sheet.Texts[j].Text}' are {apart} apart");
                }
            }
        }
    }

    // Whatever is drawn without its texts must leave the places of the texts untouched.
    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Texts_EveryImage_StandOnBlankPaper(SyntheticImageKind kind, string style)
    {
        var source = new ImageComposer(kind, style, 8);
        using var renderers = new CanvasRendererPool();
        for (var index = 0; index < ImageCount; index++)
        {
            var sheet = source.Compose(index).Canvas;
            var bare = new Canvas(sheet.Width, sheet.Height, sheet.Paper);
            foreach (var l in sheet.Lines)
                bare.Line(l.X1, l.Y1, l.X2, l.Y2, l.Pen, l.Ink);
            foreach (var f in sheet.Fills)
                bare.Fill(f.Ink, f.Points);
            foreach (var c in sheet.Circles)
            {
                if (c.Filled)
                    bare.Disc(c.X, c.Y, c.Radius, c.Ink);
                else
                    bare.Circle(c.X, c.Y, c.Radius, c.Pen, c.Ink);
            }
            using var image = ImageDecoder.Decode(style, renderers.Of(bare).Render(bare), ImageLimits.Default);
            foreach (var text in sheet.Texts)
            {
                for (var y = (int)text.Area.Top; y < (int)MathF.Ceiling(text.Area.Bottom); y++)
                for (var x = (int)text.Area.Left; x < (int)MathF.Ceiling(text.Area.Right); x++)
                    Assert.True(Shade(image, x, y) >= 0xEE, $"{style} {index}: something runs through '{text.Text}' at {x},{y}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Render_EveryStyle_DrawsDarkOnLight(SyntheticImageKind kind, string style)
    {
        var source = new ImageComposer(kind, style, 9);
        using var renderers = new CanvasRendererPool();
        for (var index = 0; index < 6; index++)
        {
            var sheet = source.Compose(index).Canvas;
            using var image = ImageDecoder.Decode(style, renderers.Of(sheet).Render(sheet), ImageLimits.Default);
            Assert.Equal((0, 0), (sheet.Width % 32, sheet.Height % 32));
            Assert.Equal((sheet.Width, sheet.Height), (image.Width, image.Height));
            var shades = Enumerable
                .Range(0, image.Width * image.Height)
                .Select(i => Shade(image, i % image.Width, i / image.Width))
                .ToList();
            // Lettering alone may be one short text on a whole sheet.
            var ink = kind == SyntheticImageKind.Lettering ? 0.001 : 0.01;
            Assert.InRange(shades.Count(s => s < 128) / (double)shades.Count, ink, 0.2);
            Assert.InRange(shades.Count(s => s >= 0xEE) / (double)shades.Count, 0.5, 1 - 2 * ink);
            // Every text left ink where it says it stands.
            foreach (var text in sheet.Texts)
            {
                var dark = 0;
                for (var y = (int)text.Area.Top; y < text.Area.Bottom; y++)
                for (var x = (int)text.Area.Left; x < text.Area.Right; x++)
                    dark += Shade(image, x, y) < 128 ? 1 : 0;
                Assert.True(dark >= 4 * text.Text.Count(c => c != ' '), $"{style} {index}: '{text.Text}' has {dark} dark pixels");
            }
        }
    }

    private static int Shade(RgbaImage image, int x, int y)
    {
        var pixel = image.Pixels.Slice(4 * (y * image.Width + x), 3);
        return (pixel[0] + pixel[1] + pixel[2]) / 3;
    }
}
