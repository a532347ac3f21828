using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Tests.Imaging;
using Litre.Data.Video;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Video;

public sealed class RequestedFramesTests
{
    private static readonly ProcessorOptions Options = Qwen3VlFormat.Instance.Images!.Options;

    public static TheoryData<int, double, VideoSettings, string> Expected =>
        new()
        {
            {
                60,
                10,
                new() { FramesPerSecond = 1 },
                "0,12,24,35,47,59"
            },
            {
                60,
                10,
                new() { Frames = 4 },
                "0,20,39,59"
            },
            {
                60,
                10,
                new() { Frames = 5 },
                "0,20,39,59"
            },
            {
                60,
                10,
                new() { Frames = 7 },
                "0,8,17,25,34,42,51,59"
            },
            {
                60,
                10,
                new() { Start = 2, End = 4 },
                "20,27,33,40"
            },
            {
                60,
                10,
                new() { FramesPerSecond = 2, MaximumFrames = 4 },
                "0,20,39,59"
            },
            {
                60,
                10,
                new() { MaximumFrames = 5 },
                "0,20,39,59"
            },
            {
                60,
                10,
                new() { FramesPerSecond = 0.5, MinimumFrames = 7 },
                "0,8,17,25,34,42,51,59"
            },
            {
                61,
                29.97,
                new() { FramesPerSecond = 3 },
                "0,12,24,36,48,60"
            },
            {
                60,
                10,
                new() { Start = 3.05 },
                "31,40,50,59"
            },
            {
                60,
                10,
                new() { End = 1, FramesPerSecond = 4 },
                "0,3,7,10"
            },
            {
                3,
                24,
                new() { FramesPerSecond = 2 },
                "0,2"
            },
        };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Indices_OfWhatIsAskedFor_EqualQwenVlUtils(int total, double rate, VideoSettings settings, string expected) =>
        Assert.Equal(expected, string.Join(',', RequestedFrames.Indices("v", total, rate, settings, Options)));

    [Theory]
    [InlineData(60, 10, null, 6.0, 7.0, "contains fewer than two frames; the video is 6 s long")]
    [InlineData(60, 10, null, 4.0, 2.0, "video_start 4 s to video_end 2 s contains fewer than two frames")]
    [InlineData(60, 10, 100, null, null, "nframes is 100, but there are 60 frames")]
    [InlineData(60, 10, 1, null, null, "nframes is 1, but")]
    public void Indices_OfWhatTheVideoDoesNotHave_AreRefusedByName(
        int total,
        double rate,
        int? frames,
        double? start,
        double? end,
        string said
    )
    {
        var settings = new VideoSettings
        {
            Frames = frames,
            Start = start,
            End = end,
        };
        Assert.Contains(
            said,
            Assert.Throws<InputException>(() => RequestedFrames.Indices("v.mp4", total, rate, settings, Options)).Message
        );
    }

    [Fact]
    public void Open_GivenFrames_AreAllKeptButForWhatIsAskedFor()
    {
        using var folder = new TemporaryFolder();
        var frame = ImageSource.FromFile(folder.Write("f.png", TestImages.Encode(64, 64, SKEncodedImageFormat.Png)));
        var eight = new VideoSource("v", null, [.. Enumerable.Repeat(frame, 8)]);
        Check(new(), 8, [0.25, 1.25, 2.25, 3.25]);
        Check(new() { SampledFramesPerSecond = 4 }, 8, [0.125, 0.625, 1.125, 1.625]);
        Check(new() { SampledFramesPerSecond = 1 }, 8, [0.5, 2.5, 4.5, 6.5]);
        Check(new() { SampledFramesPerSecond = 4, MaximumFrames = 8 }, 8, [0.125, 0.625, 1.125, 1.625]);
        Check(new() { SampledFramesPerSecond = 4, MaximumFrames = 4 }, 4, [0.25, 1.5]);
        Check(new() { SampledFramesPerSecond = 4, Frames = 2 }, 2, [0.875]);
        Check(new() { SampledFramesPerSecond = 4, Start = 1 }, 4, [1.125, 1.625]);
        Check(new() { FramesPerSecond = 8 }, 4, [1 / 8.0, 6 / 8.0]); // taken at 8 a second: the processor's 2 are taken of them

        void Check(VideoSettings settings, int frames, double[] seconds)
        {
            var clip = VideoClip.Open(eight with { Settings = settings }, Options, ImageLimits.Default);
            Assert.Equal(frames, clip.Indices.Count);
            Assert.Equal(seconds, clip.Seconds);
        }
    }

    [Fact]
    public void PlanVideo_SizesThatAreAskedFor_EqualQwenVlUtils()
    {
        var processor = new ImageProcessor(Options);
        Assert.Equal(
            (4, 4),
            Side(
                new()
                {
                    MaximumPixels = 4096,
                    Width = 32,
                    Height = 32,
                }
            )
        ); // 64x64: the utilities' own least
        Assert.Equal((6, 10), Side(new() { Width = 160, Height = 96 }));
        Assert.Equal((24, 32), Side(new() { MinimumPixels = 4096, MaximumPixels = 200_000 }));
        Assert.Equal((2, 4), Side(new() { MaximumPixels = 4096 }));
        Assert.Equal((30, 40), Side(new()));
        Assert.Equal((20, 26), Side(new() { TotalPixels = 4 * 137_625 }));

        // A frame of 640x480, eight of them.
        (int Height, int Width) Side(PixelSettings settings)
        {
            var grid = processor.PlanVideo("v", 8, 640, 480, settings);
            return (grid.Height, grid.Width);
        }
    }

    [Fact]
    public void Plan_SizesThatAreAskedForOfAnImage_AreObeyedWithinTheProcessorsMost()
    {
        var processor = new ImageProcessor(Options with { MinimumPixels = 65536, MaximumPixels = 262144 });
        Assert.Equal((4, 6), Side(new() { MaximumPixels = 8192 }));
        Assert.Equal((26, 36), Side(new() { MaximumPixels = 1 << 30 }));
        Assert.Equal((4, 6), Side(new() { Width = 96, Height = 64 }));
        Assert.Equal((32, 32), Side(new() { Width = 2000, Height = 2000 }));
        Assert.Contains("min_pixels is 300000", Assert.Throws<InputException>(() => Side(new() { MinimumPixels = 300_000 })).Message);

        (int Height, int Width) Side(PixelSettings settings)
        {
            var grid = processor.Plan("i", 640, 480, settings: settings);
            return (grid.Height, grid.Width);
        }
    }
}
