using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>
/// Chooses the frames of a video by the data's settings: the reference utilities' arithmetic, an even number of frames.
/// </summary>
internal static class RequestedFrames
{
    private const int FrameMultiple = 2;

    /// <summary>Indices of the sampled frames, counted from the video's first one.</summary>
    /// <param name="name">The video's name in messages.</param>
    /// <param name="total">Frames of the video.</param>
    /// <param name="rate">Frames of one second.</param>
    /// <param name="settings">The requested settings.</param>
    /// <param name="options">The processor's options, for settings that are not requested.</param>
    /// <exception cref="InputException">The video does not have the requested frames.</exception>
    public static int[] Indices(string name, int total, double rate, VideoSettings settings, ProcessorOptions options)
    {
        var (first, last) = Range(name, total, rate, settings);
        return EvenlySpaced(first, last, Count(name, last - first + 1, rate, settings, options));
    }

    /// <summary>
    /// Indices of the sampled frames if the given frames are already sampled: all of them, unless other settings than their rate are
    /// requested.
    /// </summary>
    /// <exception cref="InputException">The video does not have the requested frames.</exception>
    public static int[] OfSampled(string name, int total, double rate, VideoSettings settings, ProcessorOptions options)
    {
        var (first, last) = Range(name, total, rate, settings);
        var count = last - first + 1;
        if (settings.Frames is not null || count > settings.MaximumFrames)
            count = Count(name, count, rate, settings with { FramesPerSecond = rate }, options);
        return EvenlySpaced(first, last, count);
    }

    private static (int First, int Last) Range(string name, int total, double rate, VideoSettings settings)
    {
        if (settings.Start is null && settings.End is null)
            return (0, total - 1);
        var duration = total / rate;
        var first = settings.Start is { } start ? (int)Math.Ceiling(Math.Clamp(start, 0, duration) * rate) : 0;
        var last = settings.End is { } end ? Math.Min((int)Math.Floor(Math.Clamp(end, 0, duration) * rate), total - 1) : total - 1;
        if (first < last)
            return (first, last);
        throw new InputException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: video_start {settings.Start ?? 0} s to video_end {settings.End ?? duration} s contains fewer than "
                    + $"two frames; the video is {duration:0.##} s long, correct the times"
            )
        );
    }

    private static int Count(string name, int total, double rate, VideoSettings settings, ProcessorOptions options)
    {
        if (settings.Frames is { } asked)
        {
            var even = (int)Math.Round(asked / (double)FrameMultiple, MidpointRounding.ToEven) * FrameMultiple;
            return even >= FrameMultiple && even <= total
                ? even
                : throw new InputException(
                    $"{name}: nframes is {asked}, but there are {total} frames to choose from; request {FrameMultiple} "
                        + $"to {total / FrameMultiple * FrameMultiple}"
                );
        }
        var least = (settings.MinimumFrames ?? options.VideoMinimumFrames) + FrameMultiple - 1;
        least -= least % FrameMultiple;
        var most = settings.MaximumFrames ?? Math.Min(options.VideoMaximumFrames, total);
        most -= most % FrameMultiple;
        var wanted = total / rate * (settings.FramesPerSecond ?? options.VideoFramesPerSecond);
        var count = (int)Math.Min(Math.Min(Math.Max(wanted, least), most), total);
        return Math.Max(count - count % FrameMultiple, Math.Min(total, 1));
    }

    // torch.linspace in float32, computed from both ends, rounded half to even.
    private static int[] EvenlySpaced(int first, int last, int count)
    {
        var step = count > 1 ? (float)(last - first) / (count - 1) : 0;
        var indices = new int[count];
        for (var i = 0; i < count; i++)
            indices[i] = (int)
                MathF.Round(i < count / 2 || count == 1 ? first + step * i : last - step * (count - 1 - i), MidpointRounding.ToEven);
        return indices;
    }
}
