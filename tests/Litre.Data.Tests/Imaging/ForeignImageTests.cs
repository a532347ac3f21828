using Litre.Core;
using Litre.Data.Imaging;

namespace Litre.Data.Tests.Imaging;

/// <summary>
/// Images that other programs wrote (libtiff's tools, Pillow, libheif): 24 x 16 pixels, red 10 for each column, green 15 for each
/// row, blue 128; or a gray ramp from black to white in reading order.
/// </summary>
public sealed class ForeignImageTests
{
    private const int Width = 24;
    private const int Height = 16;

    [Theory]
    [InlineData("rgb_lzw_tiled.tif", 0)]
    [InlineData("rgb_deflate_strips_bigendian.tif", 0)]
    [InlineData("rgb_bigtiff.tif", 0)]
    [InlineData("rgb_separate.tif", 0)]
    [InlineData("rgb12_in_16.tif", 1)]
    [InlineData("rgb12_in_16.png", 1)]
    [InlineData("rgb_jpeg.tif", 40)] // 4:2:0 and a steep gradient
    [InlineData("cmyk.tif", 1)]
    [InlineData("palette.tif", 20)]
    public void Decode_Colors_AreThoseThatWereWritten(string name, int tolerance)
    {
        using var image = Decode(name);
        Assert.Equal((Width, Height), (image.Width, image.Height));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var pixel = image.Pixels.Slice((y * Width + x) * 4, 4).ToArray();
                Assert.True(
                    Math.Abs(pixel[0] - x * 10) <= tolerance
                        && Math.Abs(pixel[1] - y * 15) <= tolerance
                        && Math.Abs(pixel[2] - 128) <= tolerance
                        && pixel[3] == 255,
                    $"({x}, {y}) is ({string.Join(", ", pixel)})"
                );
            }
        }
    }

    [Theory]
    [InlineData("gray12_in_16.tif")]
    [InlineData("gray12_packed.tif")]
    [InlineData("gray16.tif")]
    [InlineData("gray12_in_16.png")]
    [InlineData("gray_alpha12_in_16.png")]
    public void Decode_DeepGray_RunsFromBlackToWhite(string name)
    {
        using var image = Decode(name);
        for (var i = 0; i < Width * Height; i++)
            Assert.InRange(image.Pixels[i * 4] - i * 255.0 / (Width * Height - 1), -1, 1);
    }

    [Fact]
    public void Decode_HalfTransparentTiff_LiesOnWhite()
    {
        using var image = Decode("rgba_half.tif");
        var at = (5 * Width + 10) * 4; // (100, 75, 128) at one half
        Assert.InRange(image.Pixels[at], 176, 179);
        Assert.InRange(image.Pixels[at + 1], 163, 167);
    }

    [Fact]
    public void Decode_BilevelFaxTiff_IsBlackAndWhiteAsWritten()
    {
        using var image = Decode("bilevel_g4.tif");
        for (var i = 0; i < Width * Height; i++)
            Assert.Equal((i % Width / 4 + i / Width / 4) % 2 * 255, image.Pixels[i * 4]);
    }

    [Theory]
    [InlineData("turned_exif.png")]
    [InlineData("turned_raw_profile.png")]
    [InlineData("turned_xmp.png")]
    [InlineData("rgb_turned.tif")]
    public void Decode_OrientationSix_StandsUpright(string name)
    {
        using var image = Decode(name);
        Assert.Equal((Height, Width), (image.Width, image.Height));
        Assert.Equal((Height, Width), ImageDecoder.ReadSize(ImageSource.FromFile(At(name)), ImageLimits.Default));
        // The stored top left pixel (0, 0, 128) goes to the top right; the stored bottom left one (0, 225, 128) to the top left.
        Assert.Equal(0, image.Pixels[(Height - 1) * 4 + 1]);
        Assert.Equal(225, image.Pixels[1]);
    }

    [Fact]
    public void Decode_SeveralPages_AreRefusedByTheirNumber()
    {
        var e = Assert.Throws<InputException>(() => Decode("multipage.tif"));
        Assert.Contains("contains 2 pages", e.Message);
        Assert.Contains("split it", e.Message);
    }

    [Theory]
    [InlineData("small.heic", "HEIC")]
    [InlineData("small.avif", "AVIF")]
    public void Decode_HeifFamily_IsConvertedOrNamesWhatIsMissing(string name, string kind)
    {
        if (!File.Exists(At(name)))
            Assert.Skip("no such file was made");
        try
        {
            using var image = Decode(name);
            Assert.Equal((64, 48), (image.Width, image.Height));
            Assert.InRange(image.Pixels[(24 * 64 + 32) * 4], 100, 140); // the middle: half of 240
            Assert.Equal((64, 48), ImageDecoder.ReadSize(ImageSource.FromFile(At(name)), ImageLimits.Default));
        }
        catch (InputException e)
        {
            Assert.Contains($"is a {kind} image, which needs a converter that is not installed; install", e.Message);
        }
    }

    [Fact]
    public void Decode_MutatedTiffs_GiveAnImageOrOneLine()
    {
        var random = new Random(23);
        var seeds = Directory.GetFiles(DataAssets.At("images"), "*.tif").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        for (var i = 0; i < 400; i++)
        {
            var bytes = seeds[i % seeds.Length].ToArray();
            if (random.Next(3) == 0)
                bytes = bytes[..random.Next(1, bytes.Length)];
            for (var k = random.Next(1, 8); k > 0; k--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                ImageDecoder.Decode("test", bytes, new ImageLimits(MaximumPixels: 1 << 16)).Dispose();
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.StartsWith("test: ", e.Message);
            }
        }
    }

    [Theory]
    [InlineData("animated.gif", true)]
    [InlineData("animated.webp", true)]
    [InlineData("animated.png", true)]
    [InlineData("still.gif", false)]
    [InlineData("turned_exif.png", false)]
    public void Check_AnimatedImage_SaysThatTheFirstFrameIsUsed(string name, bool animated)
    {
        using var folder = new Shared.TemporaryFolder();
        File.Copy(At(name), folder.File(name));
        folder.Write("train.jsonl", $$"""{"image": "{{name}}", "question": "What?", "answer": "This."}""");
        var result = Litre.Data.Check.DataChecker.Check(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(1, result.Samples);
        Assert.Equal(animated, result.Warnings.Any(w => w.Text.Contains("animated", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("photo.jfif", true)]
    [InlineData("photo.jpe", true)]
    [InlineData("without_ending", true)]
    [InlineData("wrong.txt", true)]
    [InlineData("note.md", false)]
    public void IsImage_AnyName_GoesByContent(string name, bool image)
    {
        using var folder = new Shared.TemporaryFolder();
        File.WriteAllBytes(folder.File(name), image ? File.ReadAllBytes(At("rgb_jpeg.tif")) : "# Notes"u8.ToArray());
        Assert.Equal(image, FileKind.IsImage(folder.File(name)));
    }

    [Fact]
    public void IsImage_CalledOneButEmpty_IsOneThatCannotBeRead()
    {
        using var folder = new Shared.TemporaryFolder();
        File.WriteAllBytes(folder.File("empty.png"), []);
        Assert.True(FileKind.IsImage(folder.File("empty.png")));
    }

    private static string At(string name) => DataAssets.At(Path.Combine("images", name));

    private static RgbaImage Decode(string name) => ImageDecoder.Decode(ImageSource.FromFile(At(name)), ImageLimits.Default);
}
