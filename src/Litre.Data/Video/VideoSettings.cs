using System.Globalization;
using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>How the data want one video sampled, under the names in common use.</summary>
public sealed record VideoSettings
{
    /// <summary>Nothing is asked for: the processor's own settings.</summary>
    public static VideoSettings None { get; } = new();

    /// <summary>
    /// Frames taken of one second of a file (<c>fps</c>); for frames that are given one by one, how many of them make a second.
    /// </summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>The rate at which given frames were sampled (<c>sample_fps</c>): all of them are kept.</summary>
    public double? SampledFramesPerSecond { get; init; }

    /// <summary>Frames taken, however long the video is (<c>nframes</c>).</summary>
    public int? Frames { get; init; }

    /// <summary>Fewest frames taken (<c>min_frames</c>).</summary>
    public int? MinimumFrames { get; init; }

    /// <summary>Most frames taken (<c>max_frames</c>).</summary>
    public int? MaximumFrames { get; init; }

    /// <summary>Where the part begins that is shown (<c>video_start</c>), in seconds.</summary>
    public double? Start { get; init; }

    /// <summary>Where it ends (<c>video_end</c>), in seconds.</summary>
    public double? End { get; init; }

    /// <summary>The frames' size; null for the processor's own.</summary>
    public PixelSettings? Pixels { get; init; }

    /// <summary>True where frames are chosen as the data ask (<see cref="RequestedFrames"/>) rather than as the processor does.</summary>
    internal bool Samples => (FramesPerSecond ?? Frames ?? MinimumFrames ?? MaximumFrames ?? Start ?? End) is not null;

    /// <summary>The same for the same frames of a video at the same size.</summary>
    internal string Key =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{FramesPerSecond:R} {SampledFramesPerSecond:R} {Frames} {MinimumFrames} {MaximumFrames} {Start:R} {End:R} {Pixels?.Key}"
        );
}
