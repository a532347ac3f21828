using System.Globalization;
using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>The data's settings for sampling one video, under the common names.</summary>
public sealed record VideoSettings
{
    /// <summary>No settings: the processor's own apply.</summary>
    public static VideoSettings None { get; } = new();

    /// <summary>
    /// Frames sampled per second of a file (<c>fps</c>); for a list of frames, their rate.
    /// </summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>The rate at which given frames were sampled (<c>sample_fps</c>): all of them are kept.</summary>
    public double? SampledFramesPerSecond { get; init; }

    /// <summary>Number of sampled frames, regardless of the video's length (<c>nframes</c>).</summary>
    public int? Frames { get; init; }

    /// <summary>Minimum number of sampled frames (<c>min_frames</c>).</summary>
    public int? MinimumFrames { get; init; }

    /// <summary>Maximum number of sampled frames (<c>max_frames</c>).</summary>
    public int? MaximumFrames { get; init; }

    /// <summary>Start of the part that is shown (<c>video_start</c>), in seconds.</summary>
    public double? Start { get; init; }

    /// <summary>End of that part (<c>video_end</c>), in seconds.</summary>
    public double? End { get; init; }

    /// <summary>The size of the frames; null for the processor's own.</summary>
    public PixelSettings? Pixels { get; init; }

    /// <summary>True if frames are chosen by the data's settings (<see cref="RequestedFrames"/>) rather than the processor's.</summary>
    internal bool Samples => (FramesPerSecond ?? Frames ?? MinimumFrames ?? MaximumFrames ?? Start ?? End) is not null;

    /// <summary>A key that is equal for the same frames of a video at the same size.</summary>
    internal string Key =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{FramesPerSecond:R} {SampledFramesPerSecond:R} {Frames} {MinimumFrames} {MaximumFrames} {Start:R} {End:R} {Pixels?.Key}"
        );
}
