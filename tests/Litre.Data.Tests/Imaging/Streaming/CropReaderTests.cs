using Litre.Core;
using Litre.Data.Imaging;
using SkiaSharp;

namespace Litre.Data.Tests.Imaging.Streaming;

/// <summary>Images that are decoded row by row give the very pixels of those that are decoded whole.</summary>
public class CropReaderTests
{
    // Larger than what may be decoded whole, so that rows are the only way.
    private static readonly ImageLimits ByRows = new(MaximumWholePixels: 16);

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    public void Read_WholeImage_IsWhatDecodingWholeGives(SKEncodedImageFormat format) => AssertSame(TestImages.Encode(157, 83, format));

    [Theory]
    [InlineData("bilevel_g4.tif")]
    [InlineData("palette.tif")]
    [InlineData("cmyk.tif")]
    [InlineData("rgb_bigtiff.tif")]
    [InlineData("rgb_deflate_strips_bigendian.tif")]
    [InlineData("rgb_jpeg.tif")]
    [InlineData("rgb_lzw_tiled.tif")]
    [InlineData("rgb_separate.tif")]
    [InlineData("rgb_turned.tif")]
    [InlineData("rgba_half.tif")]
    [InlineData("turned_exif.png")]
    public void Read_AssetOfEachKind_IsWhatDecodingWholeGives(string file) =>
        AssertSame(File.ReadAllBytes(DataAssets.At("images/" + file)));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(4, 0)]
    [InlineData(8, 0)]
    [InlineData(1, 3)]
    [InlineData(4, 3)]
    [InlineData(8, 3)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(8, 6)]
    public void Read_PngOfEachKind_IsWhatDecodingWholeGives(byte depth, byte type)
    {
        var random = new Random(depth * 10 + type);
        var (width, height) = (37, 23);
        var samples = type switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        var rows = new byte[(width * depth * samples + 7) / 8 * height];
        random.NextBytes(rows);
        byte[]? palette = null,
            transparency = null;
        if (type == 3)
        {
            palette = new byte[3 << depth];
            random.NextBytes(palette);
            transparency = [.. Enumerable.Range(0, 1 << depth).Select(i => (byte)(i * 37))];
        }
        else if (type == 0)
            transparency = [0, (byte)(rows[0] >> (8 - depth))];
        else if (type == 2)
            transparency = [0, rows[0], 0, rows[1], 0, rows[2]];
        AssertSame(PngFile.Write(width, height, depth, type, rows, palette, transparency));
    }

    [Theory]
    [InlineData(40, 30)]
    [InlineData(157, 83)]
    [InlineData(200, 101)]
    [InlineData(16, 83)]
    public void RowResizer_EverySize_IsBitForBitTheResizersOwn(int width, int height)
    {
        using var source = TestImages.Gradient(157, 83);
        using var expected = BicubicResizer.Resize(source, width, height);
        using var resizer = new RowResizer(source.Width, source.Height, width, height);
        for (var y = 0; y < source.Height; y++)
            resizer.Add(source.Pixels.Slice(y * source.Width * 4, source.Width * 4));
        Assert.True(resizer.IsComplete);
        using var found = resizer.Take();
        Assert.Equal(expected.Pixels.ToArray(), found.Pixels.ToArray());
    }

    [Fact]
    public void Read_OverlappingCuts_AreThePartsOfTheImage()
    {
        var encoded = TestImages.Encode(157, 83, SKEncodedImageFormat.Png);
        using var whole = ImageDecoder.Decode("whole", encoded, ImageLimits.Default);
        ImageRegion[] regions = [new(0, 0, 60, 40), new(50, 10, 60, 40), new(97, 43, 60, 40), new(0, 43, 157, 40), new(20, 20, 1, 1)];
        var found = new HashSet<int>();
        foreach (
            var (index, image) in CropReader.Read(
                "image",
                encoded,
                (157, 83),
                [.. regions.Select(r => new ImageCrop(r, r.Width, r.Height))],
                ByRows
            )
        )
        {
            using (image)
                Assert.Equal(Part(whole, regions[index]), image.Pixels.ToArray());
            Assert.True(found.Add(index));
        }
        Assert.Equal(regions.Length, found.Count);
    }

    [Theory]
    [InlineData("rgb_turned.tif")]
    [InlineData("turned_exif.png")]
    public void Read_CutsOfATurnedImage_AreThePartsOfTheUprightOne(string file)
    {
        var encoded = File.ReadAllBytes(DataAssets.At("images/" + file));
        using var whole = ImageDecoder.Decode("whole", encoded, ImageLimits.Default);
        var region = new ImageRegion(1, 2, whole.Width - 3, whole.Height - 4);
        using var image = CropReader
            .Read("image", encoded, (whole.Width, whole.Height), [new(region, region.Width, region.Height)], ByRows)
            .Single()
            .Image;
        Assert.Equal(Part(whole, region), image.Pixels.ToArray());
    }

    [Fact]
    public void Examine_LargePngCutShort_SaysAfterHowManyRows()
    {
        var encoded = TestImages.Encode(300, 200, SKEncodedImageFormat.Png);
        var message = Assert.Throws<InputException>(() => ImageDecoder.Examine("a.png", encoded[..(encoded.Length / 2)], ByRows)).Message;
        Assert.Matches("^a.png: the image (ends|is damaged) after [0-9]+ of 200 rows, expected a whole PNG of 300x200; ", message);
    }

    [Fact]
    public void Examine_LargeImageThatCanOnlyBeDecodedWhole_IsRefusedWithTheRemedy()
    {
        var message = Assert
            .Throws<InputException>(() => ImageDecoder.Examine("a.webp", TestImages.Encode(30, 20, SKEncodedImageFormat.Webp), ByRows))
            .Message;
        Assert.Contains("30x20 pixels", message);
        Assert.Contains("save it as JPEG, or as PNG or TIFF", message);
    }

    [Fact]
    public void ReadSize_A0At400Dpi_IsAccepted()
    {
        // Declared only: its rows are not looked at.
        var encoded = PngFile.Write(13244, 18724, 1, 0, []);
        Assert.Equal((13244, 18724), ImageDecoder.ReadSize(ImageSource.FromBytes("a0", encoded), ImageLimits.Default));
    }

    private static void AssertSame(byte[] encoded)
    {
        using var whole = ImageDecoder.Decode("whole", encoded, ImageLimits.Default);
        var size = ImageDecoder.ReadSize(ImageSource.FromBytes("image", encoded), ByRows);
        Assert.Equal((whole.Width, whole.Height), size);
        Assert.IsNotType<WholeRows>(PixelRows.Open("image", encoded, ByRows), exactMatch: true);
        using var image = CropReader
            .Read("image", encoded, size, [new(new(0, 0, size.Width, size.Height), size.Width, size.Height)], ByRows)
            .Single()
            .Image;
        Assert.Equal(whole.Pixels.ToArray(), image.Pixels.ToArray());
    }

    private static byte[] Part(RgbaImage image, ImageRegion region) =>
        [
            .. Enumerable
                .Range(region.Y, region.Height)
                .SelectMany(y => image.Pixels.Slice((y * image.Width + region.X) * 4, region.Width * 4).ToArray()),
        ];
}
