using System.Globalization;
using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// The settings of <c>preprocessor_config.json</c> and <c>video_preprocessor_config.json</c>: sizes, limits and frames.
/// </summary>
public sealed record ProcessorOptions
{
    /// <summary>Side of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Frames of one temporal patch; a still image is repeated.</summary>
    public required int TemporalPatchSize { get; init; }

    /// <summary>Patches of one visual token along each side.</summary>
    public required int MergeSize { get; init; }

    /// <summary>Minimum number of pixels of a resized image.</summary>
    public required long MinimumPixels { get; init; }

    /// <summary>Maximum number of pixels of a resized image.</summary>
    public required long MaximumPixels { get; init; }

    /// <summary>Minimum number of pixels of a resized video, over all frames.</summary>
    public required long VideoMinimumPixels { get; init; }

    /// <summary>Maximum number of pixels of a resized video, over all frames.</summary>
    public required long VideoMaximumPixels { get; init; }

    /// <summary>Frames sampled per second of video.</summary>
    public required double VideoFramesPerSecond { get; init; }

    public required int VideoMinimumFrames { get; init; }

    public required int VideoMaximumFrames { get; init; }

    /// <summary>Sides of a resized image are multiples of this, in pixels.</summary>
    public int Factor => PatchSize * MergeSize;

    /// <summary>Columns of the patch matrix.</summary>
    public int PatchValues => 3 * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>The part of these settings that affects an image's patches, in addition to the grid.</summary>
    internal string PixelsKey => string.Create(CultureInfo.InvariantCulture, $"patches 1: {PatchSize} {TemporalPatchSize} {MergeSize}");

    /// <summary>The settings that define which frames of a video are sampled.</summary>
    internal string VideoKey =>
        string.Create(CultureInfo.InvariantCulture, $"{VideoFramesPerSecond:R} {VideoMinimumFrames} {VideoMaximumFrames}");

    /// <summary>Reads a checkpoint's settings; those that the files omit are the family's.</summary>
    /// <param name="checkpoint">The folder.</param>
    /// <param name="contract">The family's contract, which the files must not contradict.</param>
    /// <exception cref="InputException">A file is not JSON, a value is invalid, or a setting requires pixels that are not
    /// computed.</exception>
    public static ProcessorOptions Load(string checkpoint, ImageContract contract)
    {
        var options = contract.Options;
        // Newer versions of transformers write both into one file.
        var both = Path.Combine(checkpoint, ProcessorFiles.BothName);
        if (Find(checkpoint, ProcessorFiles.ImageName) is { } image)
            options = options.Read(contract, image, null, options.ReadImage);
        else if (File.Exists(both))
            options = options.Read(contract, both, "image_processor", options.ReadImage);
        if (Find(checkpoint, ProcessorFiles.VideoName) is { } video)
            options = options.Read(contract, video, null, options.ReadVideo);
        else if (File.Exists(both))
            options = options.Read(contract, both, "video_processor", options.ReadVideo);
        return options;

        static string? Find(string folder, string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? path : null;
    }

    /// <summary>The same with other limits for images, from <c>min-pixels</c> and <c>max-pixels</c>.</summary>
    /// <exception cref="InputException">The limits contradict each other.</exception>
    public ProcessorOptions WithLimits(long? minimumPixels, long? maximumPixels)
    {
        var result = this with
        {
            MinimumPixels = minimumPixels ?? Math.Min(MinimumPixels, maximumPixels ?? long.MaxValue),
            MaximumPixels = maximumPixels ?? Math.Max(MaximumPixels, minimumPixels ?? 0),
        };
        // Only these two, since the others were checked when they were read.
        var least = Math.Max(result.MinimumPixels, (long)Factor * Factor);
        if (result.MinimumPixels is < 1 or > 1L << 32)
            throw new InputException("min-pixels", minimumPixels, $"expected 1 to {1L << 32} pixels", null);
        if (result.MaximumPixels < least || result.MaximumPixels > 1L << 32)
            throw new InputException("max-pixels", maximumPixels, $"expected {least} to {1L << 32} pixels", LimitsRemedy(minimumPixels));
        return result;
    }

    private string LimitsRemedy(long? minimumPixels) =>
        minimumPixels is null ? $"the smallest image that the model supports has {Factor}x{Factor}" : "it must not be below `min-pixels`";

    private ProcessorOptions ReadImage(ProcessorFileCheck file, JsonElement root) =>
        this with
        {
            PatchSize = Int(root, "patch_size") ?? PatchSize,
            TemporalPatchSize = Int(root, "temporal_patch_size") ?? TemporalPatchSize,
            MergeSize = Int(root, "merge_size") ?? MergeSize,
            MinimumPixels = Long(root, "min_pixels") ?? Size(root, "shortest_edge") ?? MinimumPixels,
            MaximumPixels = Long(root, "max_pixels") ?? Size(root, "longest_edge") ?? MaximumPixels,
        };

    private ProcessorOptions ReadVideo(ProcessorFileCheck file, JsonElement root)
    {
        file.CheckPatches(root, this);
        return this with
        {
            VideoMinimumPixels = Long(root, "min_pixels") ?? Size(root, "shortest_edge") ?? VideoMinimumPixels,
            VideoMaximumPixels = Long(root, "max_pixels") ?? Size(root, "longest_edge") ?? VideoMaximumPixels,
            VideoFramesPerSecond = Number(root, "fps") ?? VideoFramesPerSecond,
            VideoMinimumFrames = Int(root, "min_frames") ?? VideoMinimumFrames,
            VideoMaximumFrames = Int(root, "max_frames") ?? VideoMaximumFrames,
        };
    }

    private ProcessorOptions Read(
        ImageContract contract,
        string path,
        string? part,
        Func<ProcessorFileCheck, JsonElement, ProcessorOptions> read
    )
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (part != null && !root.TryGetProperty(part, out root))
                return this;
            var file = new ProcessorFileCheck(path, contract);
            file.Check(root);
            var options = read(file, root);
            options.Check(path);
            return options;
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
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
        if (!(VideoFramesPerSecond > 0 && VideoFramesPerSecond <= 1000))
            throw new InputException($"{where}: fps is {VideoFramesPerSecond}, expected above 0 to 1000; download the file again");
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

    private static JsonElement? Value(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
