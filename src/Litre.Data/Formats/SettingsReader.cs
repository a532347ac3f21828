using System.Globalization;
using Litre.Data.Imaging;
using Litre.Data.Video;

namespace Litre.Data.Formats;

/// <summary>
/// The data's settings for sampling videos and sizing images, under the common names. The nearest object that
/// has a key counts: the object of the video itself, its part of a turn, the row.
/// </summary>
/// <param name="scopes">The objects to search, the nearest first.</param>
internal sealed class SettingsReader(IReadOnlyList<RowFields> scopes)
{
    private const long MaxPixels = 1L << 40;

    public SettingsReader ForObject(RowFields fields) => new([fields, .. scopes]);

    /// <summary>The settings for sampling a video.</summary>
    /// <param name="isFile">Whether the video is a file, rather than a list of frames.</param>
    /// <exception cref="RowException">A value is invalid, or two contradict each other; its key is named as the reason.</exception>
    public VideoSettings Video(bool isFile)
    {
        if (Find("raw_fps") is { } raw)
            throw raw.Refuse("raw_fps", "'raw_fps' is not supported", "give 'sample_fps', the rate of the frames that are given");
        var settings = new VideoSettings
        {
            FramesPerSecond = Number("fps", "frames sampled per second", 1e-3, 1000),
            SampledFramesPerSecond = Number("sample_fps", "rate of the frames given", 1e-3, 1000),
            Frames = (int?)Integer("nframes", "number of frames", 1 << 20),
            MinimumFrames = (int?)Integer("min_frames", "minimum number of frames", 1 << 20),
            MaximumFrames = (int?)Integer("max_frames", "maximum number of frames", 1 << 20),
            Start = Number("video_start", "start of the part shown, in seconds", 0, 1e6),
            End = Number("video_end", "end of the part shown, in seconds", 0, 1e6),
            Pixels = Pixels(isVideo: true),
        };
        if (isFile && settings.SampledFramesPerSecond is not null)
            throw Refuse("sample_fps", "'sample_fps' is the rate of frames in a list, but the video is a file", "give 'fps'");
        if (
            settings is { SampledFramesPerSecond: not null, FramesPerSecond: not null }
            && settings.SampledFramesPerSecond != settings.FramesPerSecond
        )
            throw Refuse("fps", "the row gives both 'sample_fps' and 'fps' for frames that are sampled already", "keep 'sample_fps'");
        if (
            settings.Frames is not null
            && (isFile && settings.FramesPerSecond is not null || settings.MinimumFrames is not null || settings.MaximumFrames is not null)
        )
            throw Refuse(
                "nframes",
                "the row gives 'nframes' together with a rate or limits of frames",
                "give either 'nframes', or 'fps', 'min_frames' and 'max_frames'"
            );
        if (settings.MinimumFrames > settings.MaximumFrames)
            throw Refuse(
                "min_frames",
                $"'min_frames' is {settings.MinimumFrames} and 'max_frames' {settings.MaximumFrames}",
                "correct them"
            );
        if (settings.MaximumFrames < 2)
            throw Refuse("max_frames", "'max_frames' is 1", "give at least 2: frames are taken in pairs");
        return settings;
    }

    /// <summary>The size at which an image, or a frame, is shown; null if the data do not state it.</summary>
    /// <exception cref="RowException">As for videos.</exception>
    public PixelSettings? Pixels(bool isVideo)
    {
        var settings = new PixelSettings
        {
            MinimumPixels = Integer("min_pixels", "minimum number of pixels after resizing", MaxPixels),
            MaximumPixels = Integer("max_pixels", "maximum number of pixels after resizing", MaxPixels),
            TotalPixels = isVideo ? Integer("total_pixels", "maximum number of pixels of all frames", MaxPixels) : null,
            Width = (int?)Integer("resized_width", "width after resizing", 1 << 20),
            Height = (int?)Integer("resized_height", "height after resizing", 1 << 20),
        };
        if (settings.MinimumPixels > settings.MaximumPixels)
            throw Refuse(
                "min_pixels",
                $"'min_pixels' is {settings.MinimumPixels} and 'max_pixels' {settings.MaximumPixels}",
                "correct them"
            );
        if (settings.Width is null != settings.Height is null)
            throw Refuse(
                settings.Width is null ? "resized_height" : "resized_width",
                "only one of 'resized_width' and 'resized_height' is given",
                "give both"
            );
        return settings == new PixelSettings() ? null : settings;
    }

    private long? Integer(string key, string what, long maximum)
    {
        if (Number(key, what, 1, maximum) is not { } number)
            return null;
        return number == Math.Floor(number)
            ? (long)number
            : throw Refuse(key, $"'{key}' is {number.ToString(CultureInfo.InvariantCulture)}", "write a whole number");
    }

    private double? Number(string key, string what, double minimum, double maximum)
    {
        if (Find(key) is not { } scope)
            return null;
        if (RowParser.Number(scope.Peek(key)) is not { } number || number < minimum || number > maximum)
        {
            throw scope.Refuse(
                key,
                $"'{key}' is {PathResolver.Shorten(Convert.ToString(scope.Peek(key), CultureInfo.InvariantCulture) ?? "")}",
                string.Create(CultureInfo.InvariantCulture, $"write a number from {minimum} to {maximum}")
            );
        }
        scope.Use(key, what);
        return number;
    }

    private RowFields? Find(string key) => scopes.FirstOrDefault(s => s.Has(key));

    private RowException Refuse(string key, string reason, string remedy) => (Find(key) ?? scopes[0]).Refuse(key, reason, remedy);
}
