using System.Globalization;
using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// What a processor's settings may say: images are resized by bicubic interpolation, scaled by 1/255 and normalised by
/// mean and deviation 0.5. A file that asks for anything else describes other pixels than the ones computed here, so the
/// checkpoint is refused instead of being given images that it was not trained on.
/// </summary>
internal static class ProcessorContract
{
    private const int Bicubic = 3; // PIL's number

    private static readonly string[] MustNotBeOff = ["do_resize", "do_rescale", "do_normalize", "do_convert_rgb", "do_sample_frames"];
    private static readonly string[] MustNotBeOn = ["do_center_crop"];

    /// <summary>Looks at one file's settings.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="root">Its settings.</param>
    /// <exception cref="InputException">They ask for what is not computed.</exception>
    public static void Check(string path, JsonElement root)
    {
        foreach (var key in (string[])["image_mean", "image_std"])
        {
            if (Value(root, key) is not { } value)
                continue;
            var numbers =
                value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(v => v.GetDouble()).ToArray() : [value.GetDouble()];
            if (numbers.Any(n => Math.Abs(n - 0.5) > 1e-6))
                throw Refused(
                    path,
                    key,
                    $"[{string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]",
                    "0.5 for every channel"
                );
        }
        if (Value(root, "rescale_factor") is { } factor && Math.Abs(factor.GetDouble() - 1 / 255.0) > 1e-6)
            throw Refused(path, "rescale_factor", factor.GetRawText(), "1/255");
        if (Value(root, "resample") is { } resample && (resample.ValueKind != JsonValueKind.Number || resample.GetInt32() != Bicubic))
            throw Refused(path, "resample", resample.GetRawText(), $"{Bicubic} (bicubic)");
        foreach (var key in MustNotBeOff)
            if (Value(root, key) is { ValueKind: JsonValueKind.False })
                throw Refused(path, key, "false", "true");
        foreach (var key in MustNotBeOn)
            if (Value(root, key) is { ValueKind: JsonValueKind.True })
                throw Refused(path, key, "true", "false");
        if (Value(root, "num_frames") is { } frames)
            throw Refused(path, "num_frames", frames.GetRawText(), "fps, min_frames and max_frames");
        foreach (var key in (string[])["image_processor_type", "video_processor_type"])
        {
            if (Value(root, key)?.GetString() is { } type && !type.StartsWith("Qwen", StringComparison.Ordinal))
                throw Refused(path, key, type, "a processor of Qwen's");
        }
        if (Value(root, "size") is { ValueKind: JsonValueKind.Object } size && (Value(size, "height") ?? Value(size, "width")) is not null)
            throw Refused(path, "size", size.GetRawText(), "shortest_edge and longest_edge");
    }

    /// <summary>Looks at whether videos are cut as images are.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public static void CheckPatches(string path, JsonElement root, ProcessorOptions options)
    {
        foreach (
            var (key, expected) in (ReadOnlySpan<(string, int)>)
                [("patch_size", options.PatchSize), ("temporal_patch_size", options.TemporalPatchSize), ("merge_size", options.MergeSize)]
        )
        {
            if (Value(root, key) is { } found && found.GetInt32() != expected)
                throw Refused(path, key, found.GetRawText(), $"{expected} as for images");
        }
    }

    private static InputException Refused(string path, string key, string found, string expected) =>
        new(
            $"{path}: {key} is {found}, but images are computed with {expected}; use a checkpoint whose processor is "
                + "Qwen3-VL's, or correct the file if it is wrong"
        );

    private static JsonElement? Value(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
