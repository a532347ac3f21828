using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>A sampled video: its frames, their times and their size. Its pixels are loaded on demand.</summary>
public sealed class VideoClip
{
    private readonly VideoSource _source;
    private readonly ImageLimits _limits;

    private VideoClip(VideoSource source, ImageLimits limits, int[] indices, double[] seconds, int width, int height)
    {
        (_source, _limits) = (source, limits);
        (Indices, Seconds, Width, Height) = (indices, seconds, width, height);
    }

    /// <summary>Indices of the sampled frames.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>The time of each temporal patch, in seconds.</summary>
    public IReadOnlyList<double> Seconds { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Opens a video without decoding more than a header.</summary>
    /// <exception cref="InputException">It is missing, empty, damaged, or needs ffmpeg that is not installed.</exception>
    public static VideoClip Open(VideoSource source, ProcessorOptions options, ImageLimits limits)
    {
        int total,
            width,
            height;
        double rate;
        if (source.File != null)
        {
            var info = FfmpegVideo.Probe(source.File);
            (total, rate, width, height) = (info.Frames, info.FramesPerSecond, info.Width, info.Height);
            if ((long)width * height > limits.MaximumWholePixels)
                throw new InputException(
                    $"{source.Name}: declares {width}x{height} pixels, the limit is {limits.MaximumWholePixels}; save it smaller"
                );
        }
        else
        {
            if (source.Frames.Count == 0)
                throw new InputException($"{source.Name}: contains no images, expected at least one; give a folder of frames");
            total = source.Frames.Count;
            (width, height) = ImageDecoder.ReadSize(source.Frames[0], limits);
            rate = source.Settings.SampledFramesPerSecond ?? source.Settings.FramesPerSecond ?? options.VideoFramesPerSecond;
        }
        var indices = Choose(source, total, rate, options);
        return new VideoClip(source, limits, indices, FrameSampling.Seconds(indices, rate, options.TemporalPatchSize), width, height);
    }

    private static int[] Choose(VideoSource source, int total, double rate, ProcessorOptions options)
    {
        var settings = source.Settings;
        if (source.File == null)
        {
            // Frames given without a rate, or with that of their sampling, are already sampled.
            if (settings.SampledFramesPerSecond != null || settings.FramesPerSecond == null)
                return RequestedFrames.OfSampled(source.Name, total, rate, settings, options);
            settings = settings with { FramesPerSecond = null }; // the frames' own rate; they are sampled at the processor's rate
        }
        return settings.Samples
            ? RequestedFrames.Indices(source.Name, total, rate, settings, options)
            : FrameSampling.Indices(total, rate, options);
    }

    /// <summary>The grid and the times, which the text needs.</summary>
    public VideoPlan Plan(ImageProcessor processor) =>
        new(processor.PlanVideo(_source.Name, Indices.Count, Width, Height, _source.Settings.Pixels), Seconds);

    /// <summary>Decodes and resizes the frames and splits them into patches.</summary>
    /// <exception cref="InputException">A frame is damaged or has another size.</exception>
    public PatchMatrix Load(ImageProcessor processor)
    {
        if (_source.File == null)
            return processor.ProcessVideo(
                _source.Name,
                Indices.Count,
                i => ImageDecoder.Decode(_source.Frames[Indices[i]], _limits),
                _source.Settings.Pixels
            );
        using var frames = FfmpegVideo.Decode(_source.File, Indices, _limits).GetEnumerator();
        return processor.ProcessVideo(
            _source.Name,
            Indices.Count,
            i =>
                frames.MoveNext()
                    ? frames.Current
                    : throw new InputException(
                        $"{_source.Name}: ended after {i} of {Indices.Count} frames; the file is damaged, copy it again"
                    ),
            _source.Settings.Pixels
        );
    }
}

/// <summary>A video: a file, or a list of frames.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="File">The video file; null if frames are given.</param>
/// <param name="Frames">The frames in order; empty for a file.</param>
public sealed record VideoSource(string Name, string? File, IReadOnlyList<ImageSource> Frames)
{
    /// <summary>The sampling settings of the data.</summary>
    public VideoSettings Settings { get; init; } = VideoSettings.None;
}
