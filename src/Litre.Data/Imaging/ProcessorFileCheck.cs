using System.Globalization;
using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// Checks that a processor's file matches what is computed: its family's <see cref="ImageContract"/>. One with anything else describes
/// different pixels, so the checkpoint is refused rather than used with images that it was not trained on.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="contract">The family's contract.</param>
internal sealed class ProcessorFileCheck(string path, ImageContract contract)
{
    private const int Bicubic = 3; // PIL's number

    private static readonly string[] MustNotBeOff = ["do_resize", "do_rescale", "do_normalize", "do_convert_rgb", "do_sample_frames"];
    private static readonly string[] MustNotBeOn = ["do_center_crop"];

    /// <summary>Checks the file's settings.</summary>
    /// <exception cref="InputException">They require something that is not computed.</exception>
    public void Check(JsonElement root)
    {
        CheckChannels(root, "image_mean", contract.Mean);
        CheckChannels(root, "image_std", contract.Deviation);
        if (Value(root, "rescale_factor") is { } factor && Math.Abs(factor.GetDouble() - 1 / 255.0) > 1e-6)
            throw Refused("rescale_factor", factor.GetRawText(), "1/255");
        if (Value(root, "resample") is { } resample && (resample.ValueKind != JsonValueKind.Number || resample.GetInt32() != Bicubic))
            throw Refused("resample", resample.GetRawText(), $"{Bicubic} (bicubic)");
        foreach (var key in MustNotBeOff)
            if (Value(root, key) is { ValueKind: JsonValueKind.False })
                throw Refused(key, "false", "true");
        foreach (var key in MustNotBeOn)
            if (Value(root, key) is { ValueKind: JsonValueKind.True })
                throw Refused(key, "true", "false");
        if (Value(root, "num_frames") is { } frames)
            throw Refused("num_frames", frames.GetRawText(), "fps, min_frames and max_frames");
        foreach (var key in (string[])["image_processor_type", "video_processor_type"])
        {
            if (Value(root, key)?.GetString() is { } type && !type.StartsWith(contract.ProcessorPrefix, StringComparison.Ordinal))
                throw Refused(key, type, $"a processor of {contract.Family}'s");
        }
        if (Value(root, "size") is { ValueKind: JsonValueKind.Object } size && (Value(size, "height") ?? Value(size, "width")) is not null)
            throw Refused("size", size.GetRawText(), "shortest_edge and longest_edge");
    }

    /// <summary>Checks that videos are split into patches as images are.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public void CheckPatches(JsonElement root, ProcessorOptions options)
    {
        foreach (
            var (key, expected) in (ReadOnlySpan<(string, int)>)
                [("patch_size", options.PatchSize), ("temporal_patch_size", options.TemporalPatchSize), ("merge_size", options.MergeSize)]
        )
        {
            if (Value(root, key) is { } found && found.GetInt32() != expected)
                throw Refused(key, found.GetRawText(), $"{expected} as for images");
        }
    }

    private void CheckChannels(JsonElement root, string key, IReadOnlyList<double> expected)
    {
        if (Value(root, key) is not { } value)
            return;
        // A single number applies to every channel.
        var numbers =
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(v => v.GetDouble()).ToArray() : [value.GetDouble()];
        var all = numbers.Length == 1 ? [.. expected.Select(_ => numbers[0])] : numbers;
        if (all.Length != expected.Count || all.Zip(expected).Any(p => Math.Abs(p.First - p.Second) > 1e-6))
            throw Refused(key, List(numbers), expected.Distinct().Count() == 1 ? $"{Text(expected[0])} for every channel" : List(expected));

        static string List(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(Text))}]";
        static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private InputException Refused(string key, string found, string expected) =>
        new(
            $"{path}: {key} is {found}, but images are computed with {expected}; use a checkpoint whose processor is "
                + $"{contract.Family}'s, or correct the file if it is wrong"
        );

    private static JsonElement? Value(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
