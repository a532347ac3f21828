using System.Text;
using Litre.Core;
using Litre.Data.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Imaging;

public sealed class ImageDecoderTests
{
    [Fact]
    public void Decode_SixteenBitRgb_KeepsHighBytes()
    {
        using var image = Decode(PngFile.Write(2, 1, 16, 2, [0x12, 0x12, 0x80, 0x80, 0xFF, 0xFF, 0, 0, 0x40, 0x40, 0xC0, 0xC0]));
        Assert.Equal([0x12, 0x80, 0xFF, 255, 0, 0x40, 0xC0, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_SixteenBitGray_BecomesRgb()
    {
        using var image = Decode(PngFile.Write(2, 1, 16, 0, [0x12, 0x12, 0xFF, 0xFF]));
        Assert.Equal([0x12, 0x12, 0x12, 255, 255, 255, 255, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_PaletteWithTransparency_IsLaidOnWhite()
    {
        var png = PngFile.Write(4, 1, 2, 3, [0b00_01_10_01], palette: [255, 0, 0, 0, 255, 0, 0, 0, 255], transparency: [255, 0, 128]);
        using var image = Decode(png);
        Assert.Equal([255, 0, 0, 255, 255, 255, 255, 255, 127, 127, 255, 255, 255, 255, 255, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_OneBitGray_IsBlackAndWhite()
    {
        using var image = Decode(PngFile.Write(8, 1, 1, 0, [0b10100000]));
        Assert.Equal([255, 0, 255, 0, 0, 0, 0, 0], Enumerable.Range(0, 8).Select(i => (int)image.Pixels[i * 4]));
    }

    [Theory]
    [InlineData(200, 100, 50, 0, 255, 255, 255)]
    [InlineData(200, 100, 50, 255, 200, 100, 50)]
    [InlineData(200, 100, 50, 1, 255, 254, 254)]
    [InlineData(0, 0, 0, 128, 127, 127, 127)]
    [InlineData(255, 3, 7, 51, 255, 205, 205)]
    public void Decode_Alpha_FlattensUnpremultipliedColours(byte r, byte g, byte b, byte a, byte er, byte eg, byte eb)
    {
        using var image = Decode(PngFile.Write(1, 1, 8, 6, [r, g, b, a]));
        Assert.Equal([er, eg, eb, 255], image.Pixels.ToArray());
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void Decode_EncodedFormats_ShowTheGradient(SKEncodedImageFormat format)
    {
        using var expected = TestImages.Gradient(64, 48);
        using var image = Decode(TestImages.Encode(64, 48, format, 100));
        Assert.Equal((64, 48), (image.Width, image.Height));
        // Red and green rise smoothly, so lossy formats keep them nearly; blue is noise to them.
        var worst = Enumerable.Range(0, 64 * 48).Max(i => Math.Abs(image.Pixels[i * 4] - expected.Pixels[i * 4]));
        Assert.True(worst <= (format == SKEncodedImageFormat.Png ? 0 : 40), $"red differs by {worst}");
    }

    [Fact]
    public void Decode_Bmp_ReadsBottomUpRows()
    {
        byte[] bmp =
        [
            (byte)'B',
            (byte)'M',
            70,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            54,
            0,
            0,
            0,
            40,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            1,
            0,
            24,
            0,
            0,
            0,
            0,
            0,
            16,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            0,
            0,
            7,
            8,
            9,
            10,
            11,
            12,
            0,
            0,
        ];
        using var image = Decode(bmp);
        Assert.Equal([9, 8, 7, 255, 12, 11, 10, 255, 3, 2, 1, 255, 6, 5, 4, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_AnimatedGif_TakesTheFirstFrame()
    {
        byte[] gif =
        [
            .. "GIF89a"u8,
            1,
            0,
            1,
            0,
            0x80,
            0,
            0,
            10,
            20,
            30,
            200,
            210,
            220,
            0x2C,
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            0,
            0,
            2,
            2,
            0x44,
            0x01,
            0,
            0x2C,
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            0,
            0,
            2,
            2,
            0x4C,
            0x01,
            0,
            0x3B,
        ];
        using var image = Decode(gif);
        Assert.Equal([10, 20, 30, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_CmykJpeg_BecomesRgb()
    {
        using var image = Decode(
            Convert.FromBase64String(
                "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ"
                    + "EBAQEB/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAKC"
                    + "//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8Av4SDs/8AVgAAAAP/2Q=="
            )
        );
        var (r, g, b) = (image.Pixels[0], image.Pixels[1], image.Pixels[2]);
        Assert.True(r > 150 && g is > 20 and < 120 && b < 60, $"expected a red near (200, 60, 30), found ({r}, {g}, {b})");
    }

    // Where the top left pixel of the stored image goes, by EXIF orientation: x and y of a 16x8 image, in the upright one.
    [Theory]
    [InlineData(1, 16, 8, 0, 0)]
    [InlineData(2, 16, 8, 15, 0)]
    [InlineData(3, 16, 8, 15, 7)]
    [InlineData(4, 16, 8, 0, 7)]
    [InlineData(5, 8, 16, 0, 0)]
    [InlineData(6, 8, 16, 7, 0)]
    [InlineData(7, 8, 16, 7, 15)]
    [InlineData(8, 8, 16, 0, 15)]
    public void Decode_ExifOrientation_TurnsUpright(int orientation, int width, int height, int x, int y)
    {
        using var bitmap = new SKBitmap(16, 8, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(SKColors.Black);
        using (var canvas = new SKCanvas(bitmap))
            canvas.DrawRect(0, 0, 4, 4, new SKPaint { Color = SKColors.White });
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        var file = WithOrientation(jpeg.ToArray(), (byte)orientation);
        using var image = Decode(file);
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal((width, height), ImageDecoder.ReadSize(ImageSource.FromBytes("j", file), ImageLimits.Default));
        Assert.True(image.Pixels[(y * width + x) * 4] > 200, "the white corner is elsewhere");
        Assert.True(image.Pixels[((height - 1 - y) * width + width - 1 - x) * 4] < 60);
    }

    [Fact]
    public void Decode_DeclaredHugeImage_IsRefusedUnread()
    {
        var bomb = PngFile.Write(60_000, 60_000, 8, 2, new byte[100]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<InputException>(() => Decode(bomb));
        Assert.Contains("60000x60000", e.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("%PDF-1.7 ...", "PDF")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    [InlineData("what is this", "not a recognized image")]
    public void Decode_OtherFiles_AreNamedForWhatTheyAre(string content, string named)
    {
        var e = Assert.Throws<InputException>(() => Decode(Encoding.ASCII.GetBytes(content)));
        Assert.Contains(named, e.Message);
        Assert.Contains("expected PNG", e.Message);
    }

    [Fact]
    public void ReadBytes_MissingEmptyAndFolder_SayWhatToDo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("empty.png"), []);
        foreach (var (path, text) in new[] { ("nowhere/x.png", "no such image"), ("empty.png", "0 bytes"), (".", "is a folder") })
        {
            var e = Assert.Throws<InputException>(() => ImageDecoder.Decode(ImageSource.FromFile(folder.File(path)), ImageLimits.Default));
            Assert.Contains(text, e.Message);
        }
    }

    [Fact]
    public void Decode_MutatedImages_GiveAnImageOrOneLine()
    {
        var random = new Random(17);
        byte[][] seeds =
        [
            TestImages.Encode(40, 30, SKEncodedImageFormat.Png),
            TestImages.Encode(40, 30, SKEncodedImageFormat.Jpeg),
            TestImages.Encode(40, 30, SKEncodedImageFormat.Webp),
            PngFile.Write(8, 8, 8, 3, new byte[64], new byte[768]),
        ];
        for (var i = 0; i < 600; i++)
        {
            var bytes = seeds[i % seeds.Length].ToArray();
            if (random.Next(3) == 0)
                bytes = bytes[..random.Next(1, bytes.Length)];
            for (var k = random.Next(1, 8); k > 0; k--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Decode(bytes).Dispose();
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.StartsWith("test: ", e.Message);
            }
        }
    }

    private static RgbaImage Decode(byte[] bytes) => ImageDecoder.Decode("test", bytes, ImageLimits.Default);

    private static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
        [
            .. jpeg[..2],
            0xFF,
            0xE1,
            0,
            34,
            .. "Exif\0\0"u8,
            .. "MM\0*"u8,
            0,
            0,
            0,
            8,
            0,
            1,
            0x01,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            orientation,
            0,
            0,
            0,
            0,
            0,
            0,
            .. jpeg[2..],
        ];
}
