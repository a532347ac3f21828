using System.Diagnostics;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Imaging;

public sealed class ImageProcessorTests
{
    private static readonly ImageProcessor Processor = new(
        ProcessorOptions.Load(Repository.Reference("images"), Qwen3VlFormat.Instance.Images!)
    );

    [Theory]
    [InlineData("0_320x240")]
    [InlineData("1_333x217")]
    [InlineData("2_700x150")]
    [InlineData("3_64x64")]
    [InlineData("4_600x37")]
    public void Process_ReferenceImages_EqualsEveryByte(string name)
    {
        var (grid, patches) = ReferencePatches.Read(name);
        using var image = ImageDecoder.Decode(ImageSource.FromFile(Repository.Reference($"images/{name}.png")), ImageLimits.Default);
        var result = Process(Processor, name, image);
        Assert.Equal(new PatchGrid((int)grid[0], (int)grid[1], (int)grid[2]), result.Grid);
        Assert.Equal(patches.Length, result.Values.Length);
        var differing = patches.Where((b, i) => b != result.Values[i]).Count();
        Assert.True(differing == 0, $"{differing} of {patches.Length} bytes differ");
    }

    [Fact]
    public void ProcessVideo_SameImageTwice_EqualsStillImage()
    {
        var source = ImageSource.FromFile(Repository.Reference("images/0_320x240.png"));
        var options = Processor.Options with { VideoMinimumPixels = 2 * 65536 };
        var still = Process(Processor, "still", ImageDecoder.Decode(source, ImageLimits.Default));
        var video = new ImageProcessor(options).ProcessVideo("video", 2, _ => ImageDecoder.Decode(source, ImageLimits.Default));
        Assert.Equal(still.Grid, video.Grid);
        Assert.Equal(still.Values, video.Values);
    }

    [Fact]
    public void ProcessVideo_OddCount_RepeatsLastImage()
    {
        var source = ImageSource.FromFile(Repository.Reference("images/3_64x64.png"));
        var three = Processor.ProcessVideo("v", 3, _ => ImageDecoder.Decode(source, ImageLimits.Default));
        Assert.Equal(2, three.Grid.Frames);
        Assert.Equal(three.Values[..(three.Values.Length / 2)], three.Values[(three.Values.Length / 2)..]);
    }

    [Fact]
    public void Plan_RandomSizes_KeepsLimitsAndMultiples()
    {
        var random = new Random(3);
        var options = Processor.Options with { MaximumPixels = 1 << 20 };
        var processor = new ImageProcessor(options);
        for (var i = 0; i < 5000; i++)
        {
            var (width, height) = (random.Next(1, 3000), random.Next(1, 3000));
            if ((double)Math.Max(width, height) / Math.Min(width, height) > 200)
            {
                Assert.Throws<InputException>(() => processor.Plan("x", width, height));
                continue;
            }
            var grid = processor.Plan("x", width, height);
            var pixels = (long)grid.Height * grid.Width * 256;
            Assert.True(grid.Height % 2 == 0 && grid.Width % 2 == 0 && grid.Height > 0 && grid.Width > 0);
            Assert.True(pixels >= options.MinimumPixels, $"{width}x{height} -> {grid}");
            // A strip may exceed the limit only while one side is already the smallest there is.
            Assert.True(pixels <= options.MaximumPixels || Math.Min(grid.Height, grid.Width) == 2, $"{width}x{height} -> {grid}");
        }
    }

    [Fact]
    public void Process_TwelveMegapixels_TakesSeconds()
    {
        using var image = TestImages.Gradient(4000, 3000);
        var processor = new ImageProcessor(Processor.Options.WithLimits(null, 1 << 20));
        var watch = Stopwatch.StartNew();
        Process(processor, "large", image);
        // Many times what it takes; a resize whose work grows with both images' sizes takes minutes.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    private static PatchMatrix Process(ImageProcessor processor, string name, RgbaImage image)
    {
        var grid = processor.Plan(name, image.Width, image.Height);
        var values = new byte[grid.Patches * processor.Options.PatchValues];
        processor.Process(image, grid, values);
        return new PatchMatrix(grid, values);
    }
}
