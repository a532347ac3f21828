using System.ComponentModel;
using System.Diagnostics;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Video;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Video;

public sealed class VideoTests
{
    private static readonly ProcessorOptions Options = Qwen3VlFormat.Instance.Images!.Options;

    [Theory]
    [InlineData(100, 25.0, "0,14,28,42,57,71,85,99")]
    [InlineData(3, 24.0, "0,1,2")]
    [InlineData(10, 30.0, "0,3,6,9")]
    [InlineData(1, 30.0, "0")]
    [InlineData(6, 2.0, "0,1,2,3,4,5")]
    public void Indices_OfTotalAndRate_EqualTheReferences(int total, double rate, string expected) =>
        Assert.Equal(expected, string.Join(',', FrameSampling.Indices(total, rate, Options)));

    [Fact]
    public void Seconds_OddCount_RepeatsTheLast() => Assert.Equal([0.25, 1.25, 2.0], FrameSampling.Seconds([0, 1, 2, 3, 4], 2, 2));

    [Fact]
    public void Load_VideoFile_DecodesTheSampledImages()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("v.mp4");
        if (!Ffmpeg($"-v error -f lavfi -i testsrc=size=128x96:rate=10:duration=3 -pix_fmt yuv420p {path}"))
            Assert.Skip("ffmpeg is not installed");
        var clip = VideoClip.Open(new VideoSource("v", path, []), Options, ImageLimits.Default);
        Assert.Equal((128, 96, 6), (clip.Width, clip.Height, clip.Indices.Count));
        var patches = clip.Load(new ImageProcessor(Options));
        Assert.Equal(new PatchGrid(3, 6, 8), patches.Grid);
        // The test image counts seconds, so its first and last images differ.
        var frame = patches.Values.Length / 3;
        Assert.NotEqual(patches.Values[..frame], patches.Values[^frame..]);
    }

    [Fact]
    public void Open_NoVideo_SaysWhatToDo()
    {
        if (!Ffmpeg("-version"))
            Assert.Skip("ffmpeg is not installed");
        using var folder = new TemporaryFolder();
        var path = folder.Write("v.mp4", "this is text");
        var e = Assert.Throws<InputException>(() => VideoClip.Open(new VideoSource("v", path, []), Options, ImageLimits.Default));
        Assert.Contains("not a video that ffmpeg can read", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static bool Ffmpeg(string arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
