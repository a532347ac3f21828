using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// Converts decoded images to patches, like the reference's image and video processors.
/// Thread-safe.
/// </summary>
public sealed class ImageProcessor(ProcessorOptions options)
{
    // The reference refuses more extreme aspect ratios; the position grid was never trained on them.
    private const double MaximumAspect = 200;

    public ProcessorOptions Options { get; } = options;

    /// <summary>The grid of an image of this size.</summary>
    /// <param name="name">The image's name in messages.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <param name="maximumPixels">Maximum number of pixels if it is less than the options', such as a tile's; null for the
    /// options'.</param>
    /// <param name="settings">The size that the data request; null if they request none.</param>
    /// <exception cref="InputException">The aspect ratio is above 200 to 1, or more pixels are requested than the processor's
    /// maximum.</exception>
    public PatchGrid Plan(string name, int width, int height, long? maximumPixels = null, PixelSettings? settings = null)
    {
        // A separate limit is that of one area, such as a tile: it must allow the smallest grid.
        var minimum = Options.MinimumPixels;
        var maximum = Math.Max(Math.Min(maximumPixels ?? long.MaxValue, Options.MaximumPixels), minimum);
        if (settings is { Width: { } askedWidth, Height: { } askedHeight })
        {
            (width, height) = ExplicitSize(name, askedWidth, askedHeight);
            minimum = 0;
        }
        else if (settings is not null)
        {
            (minimum, maximum) = RequestedSize.Limits(name, settings, minimum, maximum);
        }
        var (w, h) = Fit(name, 1, 1, width, height, minimum, maximum);
        return new PatchGrid(1, h / Options.PatchSize, w / Options.PatchSize);
    }

    /// <summary>The grid of a video of this many frames.</summary>
    /// <param name="name">The video's name in messages.</param>
    /// <param name="frames">Number of sampled frames.</param>
    /// <param name="width">A frame's width in pixels.</param>
    /// <param name="height">A frame's height in pixels.</param>
    /// <param name="settings">The size that the data request; null if they request none.</param>
    /// <exception cref="InputException">The aspect ratio is above 200 to 1.</exception>
    public PatchGrid PlanVideo(string name, int frames, int width, int height, PixelSettings? settings = null)
    {
        var temporal = (frames + Options.TemporalPatchSize - 1) / Options.TemporalPatchSize;
        var minimum = Options.VideoMinimumPixels;
        if (settings is not null)
        {
            minimum = 0;
            (width, height) = settings is { Width: { } askedWidth, Height: { } askedHeight }
                ? ExplicitSize(name, askedWidth, askedHeight)
                : FitFrame(name, width, height, RequestedSize.FrameLimits(settings, frames, Options.Factor));
        }
        var (w, h) = Fit(name, frames, temporal * Options.TemporalPatchSize, width, height, minimum, Options.VideoMaximumPixels);
        return new PatchGrid(temporal, h / Options.PatchSize, w / Options.PatchSize);
    }

    /// <summary>Resizes an image and splits it into patches.</summary>
    /// <param name="image">The decoded image.</param>
    /// <param name="grid">The grid planned for its size.</param>
    /// <param name="values">(P, C·T·p·p) uint8, all of them written.</param>
    public void Process(RgbaImage image, PatchGrid grid, Span<byte> values)
    {
        var (width, height) = (grid.Width * Options.PatchSize, grid.Height * Options.PatchSize);
        // For an unchanged size the weights are one and zeros.
        using var resized = image.Width == width && image.Height == height ? null : BicubicResizer.Resize(image, width, height);
        for (var t = 0; t < Options.TemporalPatchSize; t++)
            PatchWriter.Write(resized ?? image, grid, 0, t, Options, values);
    }

    /// <summary>Splits an image that already has its grid's size.</summary>
    /// <param name="resized">The decoded and resized image.</param>
    /// <param name="grid">The grid of its size.</param>
    /// <param name="values">(P, C·T·p·p) uint8, all of them written.</param>
    internal void WritePatches(RgbaImage resized, PatchGrid grid, Span<byte> values)
    {
        for (var t = 0; t < Options.TemporalPatchSize; t++)
            PatchWriter.Write(resized, grid, 0, t, Options, values);
    }

    /// <summary>Resizes the frames of a video and splits them into patches; the last one is repeated to complete its pair.</summary>
    /// <param name="name">The video's name in messages.</param>
    /// <param name="count">The number of frames.</param>
    /// <param name="load">Decodes one frame; it is disposed here.</param>
    /// <param name="settings">The size that the data request; null if they request none.</param>
    /// <exception cref="InputException">There are no frames, their sizes differ, or the aspect ratio is above 200 to 1.</exception>
    public PatchMatrix ProcessVideo(string name, int count, Func<int, RgbaImage> load, PixelSettings? settings = null)
    {
        if (count < 1)
            throw new InputException($"{name}: contains no images, expected at least one; give a folder of frames");
        PatchGrid grid = default;
        byte[] values = [];
        var size = (0, 0);
        for (var i = 0; i < count; i++)
        {
            using var frame = load(i);
            if (i == 0)
            {
                size = (frame.Width, frame.Height);
                grid = PlanVideo(name, count, frame.Width, frame.Height, settings);
                values = new byte[checked(grid.Patches * Options.PatchValues)];
            }
            else if (size != (frame.Width, frame.Height))
            {
                throw new InputException(
                    $"{name}: image {i + 1} has {frame.Width}x{frame.Height} pixels, expected "
                        + $"{size.Item1}x{size.Item2} as the first; make all frames one size"
                );
            }
            using var resized = BicubicResizer.Resize(frame, grid.Width * Options.PatchSize, grid.Height * Options.PatchSize);
            var last = i == count - 1 ? grid.Frames * Options.TemporalPatchSize - 1 : i;
            for (var t = i; t <= last; t++)
                PatchWriter.Write(resized, grid, t / Options.TemporalPatchSize, t % Options.TemporalPatchSize, Options, values);
        }
        return new PatchMatrix(grid, values);
    }

    private (int Width, int Height) ExplicitSize(string name, int width, int height) =>
        FitFrame(name, width, height, RequestedSize.ExplicitLimits(Options.Factor));

    private (int Width, int Height) FitFrame(string name, int width, int height, (long Minimum, long Maximum) limits) =>
        Fit(name, 1, 1, width, height, limits.Minimum, limits.Maximum);

    // smart_resize of the reference; its rounding is Python's, half to even.
    private (int Width, int Height) Fit(
        string name,
        int frames,
        int paddedFrames,
        int width,
        int height,
        long minimumPixels,
        long maximumPixels
    )
    {
        if ((double)Math.Max(width, height) / Math.Min(width, height) > MaximumAspect)
            throw new InputException(
                $"{name}: {width}x{height} pixels have an aspect ratio above {MaximumAspect} to 1, the limit of the model; crop the image"
            );
        double factor = Options.Factor;
        var w = (long)(Math.Round(width / factor, MidpointRounding.ToEven) * factor);
        var h = (long)(Math.Round(height / factor, MidpointRounding.ToEven) * factor);
        if (paddedFrames * w * h > maximumPixels)
        {
            var beta = Math.Sqrt((double)((long)frames * height * width) / maximumPixels);
            w = (long)Math.Max(factor, Math.Floor(width / beta / factor) * factor);
            h = (long)Math.Max(factor, Math.Floor(height / beta / factor) * factor);
        }
        else if (paddedFrames * w * h < minimumPixels)
        {
            var beta = Math.Sqrt(minimumPixels / (double)((long)frames * height * width));
            w = (long)(Math.Ceiling(width * beta / factor) * factor);
            h = (long)(Math.Ceiling(height * beta / factor) * factor);
        }
        return ((int)Math.Max(w, (long)factor), (int)Math.Max(h, (long)factor));
    }
}

/// <summary>One image or video in the input format of the vision tower.</summary>
/// <param name="Grid">The positions of the rows on the image.</param>
/// <param name="Values">
/// (P, C·T·p·p) uint8, row-major: rows in blocks of merge x merge patches, columns channel by channel, then the two
/// frames of a temporal patch, then the patch's own rows and columns.
/// </param>
public sealed record PatchMatrix(PatchGrid Grid, byte[] Values);
