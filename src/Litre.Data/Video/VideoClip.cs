using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Torch;

namespace Litre.Data.Video;

/// <summary>A video after sampling: which pictures, when, how large. Its pixels are loaded on demand.</summary>
public sealed class VideoClip
{
    private readonly VideoSource _source;
    private readonly ImageLimits _limits;

    private VideoClip(VideoSource source, ImageLimits limits, int[] indices, double[] seconds, int width, int height)
    {
        (_source, _limits) = (source, limits);
        (Indices, Seconds, Width, Height) = (indices, seconds, width, height);
    }

    /// <summary>Which pictures of the video are taken.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>The time of each temporal patch, in seconds.</summary>
    public IReadOnlyList<double> Seconds { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Looks at a video without decoding more than a header.</summary>
    /// <exception cref="InputException">It is missing, empty, damaged, or needs ffmpeg that is not installed.</exception>
    public static VideoClip Open(VideoSource source, ProcessorOptions options, ImageLimits limits)
    {
        int total, width, height;
        double rate;
        if (source.File != null)
        {
            var info = FfmpegVideo.Probe(source.File);
            (total, rate, width, height) = (info.Frames, info.FramesPerSecond, info.Width, info.Height);
            if ((long)width * height > limits.MaximumWholePixels)
                throw new InputException($"{source.Name}: declares {width}x{height} pixels, the limit is {limits.MaximumWholePixels}; save it smaller");
        }
        else
        {
            if (source.Frames.Count == 0)
                throw new InputException($"{source.Name}: holds no pictures, expected at least one; give a folder of frames");
            total = source.Frames.Count;
            // Frames without a rate are taken as sampled already, at the rate the model expects.
            rate = source.FramesPerSecond ?? options.VideoFramesPerSecond;
            (width, height) = ImageDecoder.ReadSize(source.Frames[0], limits);
        }
        var indices = FrameSampling.Indices(total, rate, options);
        return new VideoClip(source, limits, indices, FrameSampling.Seconds(indices, rate, options.TemporalPatchSize), width, height);
    }

    /// <summary>The grid and the times that the text needs.</summary>
    public VideoPlan Plan(ImageProcessor processor) =>
        new(processor.PlanVideo(_source.Name, Indices.Count, Width, Height), Seconds);

    /// <summary>Decodes, resizes and cuts the pictures.</summary>
    /// <exception cref="InputException">A picture is damaged or of another size.</exception>
    public PatchMatrix Load(ImageProcessor processor)
    {
        if (_source.File == null)
            return processor.ProcessVideo(_source.Name, Indices.Count, i => ImageDecoder.Decode(_source.Frames[Indices[i]], _limits));
        using var frames = FfmpegVideo.Decode(_source.File, Indices, _limits).GetEnumerator();
        return processor.ProcessVideo(_source.Name, Indices.Count, i => frames.MoveNext()
            ? frames.Current
            : throw new InputException($"{_source.Name}: ended after {i} of {Indices.Count} pictures; the file is damaged, copy it again"));
    }
}
