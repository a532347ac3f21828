using System.Globalization;
using System.Text.Json;
using Litre.Torch;

namespace Litre.Data.Imaging;

/// <summary>What <c>preprocessor_config.json</c> and <c>video_preprocessor_config.json</c> say about pictures.</summary>
public sealed record ProcessorOptions
{
    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Pictures of one temporal patch; a still image is repeated.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Patches of one visual token along each side.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>Fewest pixels of a resized image.</summary>
    public long MinimumPixels { get; init; } = 65536;

    /// <summary>Most pixels of a resized image.</summary>
    public long MaximumPixels { get; init; } = 16777216;

    /// <summary>Fewest pixels of a resized video, all frames together.</summary>
    public long VideoMinimumPixels { get; init; } = 4096;

    /// <summary>Most pixels of a resized video, all frames together.</summary>
    public long VideoMaximumPixels { get; init; } = 25165824;

    /// <summary>Pictures taken of one second of video.</summary>
    public double VideoFramesPerSecond { get; init; } = 2;

    public int VideoMinimumFrames { get; init; } = 4;

    public int VideoMaximumFrames { get; init; } = 768;

    /// <summary>Mean of each channel, subtracted after scaling to 0..1.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Standard deviation of each channel, divided by last.</summary>
    public IReadOnlyList<double> StandardDeviation { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Sides of a resized picture are multiples of this, in pixels.</summary>
    public int Factor => PatchSize * MergeSize;

    /// <summary>Columns of the patch matrix.</summary>
    public int PatchValues => 3 * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>What of these, beside a grid, decides a picture's patches.</summary>
    internal string PixelsKey => string.Create(CultureInfo.InvariantCulture, $"patches 1: {PatchSize} {TemporalPatchSize} {MergeSize}");

    /// <summary>What decides which pictures of a video are taken.</summary>
    internal string VideoKey => string.Create(CultureInfo.InvariantCulture, $"{VideoFramesPerSecond:R} {VideoMinimumFrames} {VideoMaximumFrames}");

    /// <summary>Reads a checkpoint's settings; what the files do not say stays as Qwen3-VL's.</summary>
    /// <exception cref="InputException">A file is no JSON, or a value cannot be.</exception>
    public static ProcessorOptions Load(string checkpoint)
    {
        var options = new ProcessorOptions();
        var image = Path.Combine(checkpoint, "preprocessor_config.json");
        if (File.Exists(image)) options = Read(image, options.ReadImage);
        var video = Path.Combine(checkpoint, "video_preprocessor_config.json");
        if (File.Exists(video)) options = Read(video, options.ReadVideo);
        return options;
    }

    /// <summary>The same with other limits for images, as <c>--min-pixels</c> and <c>--max-pixels</c> give them.</summary>
    /// <exception cref="InputException">The limits contradict each other.</exception>
    public ProcessorOptions WithLimits(long? minimumPixels, long? maximumPixels)
    {
        var result = this with
        {
            MinimumPixels = minimumPixels ?? Math.Min(MinimumPixels, maximumPixels ?? long.MaxValue),
            MaximumPixels = maximumPixels ?? Math.Max(MaximumPixels, minimumPixels ?? 0),
        };
        result.Check("--min-pixels, --max-pixels");
        return result;
    }

    private ProcessorOptions ReadImage(JsonElement root) => this with
    {
        PatchSize = Int(root, "patch_size") ?? PatchSize,
        TemporalPatchSize = Int(root, "temporal_patch_size") ?? TemporalPatchSize,
        MergeSize = Int(root, "merge_size") ?? MergeSize,
        MinimumPixels = Long(root, "min_pixels") ?? Size(root, "shortest_edge") ?? MinimumPixels,
        MaximumPixels = Long(root, "max_pixels") ?? Size(root, "longest_edge") ?? MaximumPixels,
        Mean = Triple(root, "image_mean") ?? Mean,
        StandardDeviation = Triple(root, "image_std") ?? StandardDeviation,
    };

    private ProcessorOptions ReadVideo(JsonElement root) => this with
    {
        VideoMinimumPixels = Long(root, "min_pixels") ?? Size(root, "shortest_edge") ?? VideoMinimumPixels,
        VideoMaximumPixels = Long(root, "max_pixels") ?? Size(root, "longest_edge") ?? VideoMaximumPixels,
        VideoFramesPerSecond = Number(root, "fps") ?? VideoFramesPerSecond,
        VideoMinimumFrames = Int(root, "min_frames") ?? VideoMinimumFrames,
        VideoMaximumFrames = Int(root, "max_frames") ?? VideoMaximumFrames,
    };

    private static ProcessorOptions Read(string path, Func<JsonElement, ProcessorOptions> read)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var options = read(document.RootElement);
            options.Check(path);
            return options;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); download the file again", e);
        }
    }

    private void Check(string where)
    {
        Expect(where, "patch_size", PatchSize, 1, 256);
        Expect(where, "temporal_patch_size", TemporalPatchSize, 1, 16);
        Expect(where, "merge_size", MergeSize, 1, 16);
        Expect(where, "smallest size (pixels)", MinimumPixels, 1, 1L << 32);
        Expect(where, "largest size (pixels)", MaximumPixels, Math.Max(MinimumPixels, (long)Factor * Factor), 1L << 32);
        Expect(where, "largest video (pixels)", VideoMaximumPixels, Math.Max(VideoMinimumPixels, (long)Factor * Factor), 1L << 40);
        Expect(where, "min_frames", VideoMinimumFrames, 1, 1 << 20);
        Expect(where, "max_frames", VideoMaximumFrames, VideoMinimumFrames, 1 << 20);
        if (!(VideoFramesPerSecond > 0 && VideoFramesPerSecond <= 1000) || !StandardDeviation.All(s => s > 0))
            throw new InputException($"{where}: fps and image_std must be above 0; download the file again");
    }

    private static void Expect(string where, string what, long found, long low, long high)
    {
        if (found < low || found > high)
            throw new InputException($"{where}: {what} is {found}, expected {low} to {high}; correct it or download the file again");
    }

    private static long? Size(JsonElement root, string key) =>
        root.TryGetProperty("size", out var size) && size.ValueKind == JsonValueKind.Object ? Long(size, key) : null;

    private static int? Int(JsonElement root, string key) => Value(root, key)?.GetInt32();

    private static long? Long(JsonElement root, string key) => Value(root, key)?.GetInt64();

    private static double? Number(JsonElement root, string key) => Value(root, key)?.GetDouble();

    private static IReadOnlyList<double>? Triple(JsonElement root, string key)
    {
        if (Value(root, key) is not { } list) return null;
        var values = list.EnumerateArray().Select(v => v.GetDouble()).ToArray();
        return values.Length == 3 ? values : throw new FormatException($"{key} holds {values.Length} numbers, expected 3");
    }

    private static JsonElement? Value(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
