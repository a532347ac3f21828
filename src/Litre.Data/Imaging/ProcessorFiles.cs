using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Litre.Data.Imaging;

/// <summary>Writes the processor's settings in the format of the hub's checkpoints.</summary>
public static class ProcessorFiles
{
    public const string ImageName = "preprocessor_config.json";
    public const string VideoName = "video_preprocessor_config.json";

    /// <summary>
    /// The file in which newer versions of transformers write both, under <c>image_processor</c> and <c>video_processor</c>.
    /// </summary>
    public const string BothName = "processor_config.json";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text of <see cref="ImageName"/>.</summary>
    /// <param name="contract">The family's contract.</param>
    /// <param name="options">Sizes, limits and frames.</param>
    public static string Image(ImageContract contract, ProcessorOptions options)
    {
        var root = Common(contract, options, options.MinimumPixels, options.MaximumPixels);
        root["image_processor_type"] = contract.ImageProcessor;
        return root.ToJsonString(Indented) + "\n";
    }

    /// <summary>The text of <see cref="VideoName"/>.</summary>
    /// <param name="contract">The family's contract.</param>
    /// <param name="options">Sizes, limits and frames.</param>
    public static string Video(ImageContract contract, ProcessorOptions options)
    {
        var root = Common(contract, options, options.VideoMinimumPixels, options.VideoMaximumPixels);
        root["fps"] = options.VideoFramesPerSecond;
        root["min_frames"] = options.VideoMinimumFrames;
        root["max_frames"] = options.VideoMaximumFrames;
        root["video_processor_type"] = contract.VideoProcessor;
        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Common(ImageContract contract, ProcessorOptions options, long minPixels, long maxPixels) =>
        new()
        {
            ["size"] = new JsonObject { ["longest_edge"] = maxPixels, ["shortest_edge"] = minPixels },
            ["patch_size"] = options.PatchSize,
            ["temporal_patch_size"] = options.TemporalPatchSize,
            ["merge_size"] = options.MergeSize,
            ["image_mean"] = Channels(contract.Mean),
            ["image_std"] = Channels(contract.Deviation),
            ["processor_class"] = contract.ProcessorClass,
        };

    private static JsonArray Channels(IReadOnlyList<double> values) => new([.. values.Select(v => (JsonNode)v)]);
}
