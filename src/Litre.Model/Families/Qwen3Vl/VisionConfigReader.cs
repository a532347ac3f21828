using System.Globalization;
using Litre.Core.Json;
using Litre.Model.Layers;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>Reads the <c>vision_config</c> part of a configuration.</summary>
internal static class VisionConfigReader
{
    // The base of the vision tower's own rotary frequencies; no Qwen3-VL checkpoint has another.
    private const double RopeTheta = 10000;

    internal static VisionConfig Read(JsonFields fields, TextConfig text)
    {
        if (fields.TextOrNull("hidden_act") is { } act && act != "gelu_pytorch_tanh")
            throw fields.Refuse("hidden_act", $"is {act}, which is not supported; expected gelu_pytorch_tanh");
        RefuseRope(fields.ObjectOrNull("rope_parameters"));
        var vision = new VisionConfig
        {
            Depth = fields.Size("depth"),
            HiddenSize = fields.Size("hidden_size"),
            Heads = fields.Size("num_heads"),
            IntermediateSize = fields.Size("intermediate_size"),
            PatchSize = fields.Size("patch_size"),
            TemporalPatchSize = fields.Size("temporal_patch_size"),
            SpatialMergeSize = fields.Size("spatial_merge_size"),
            OutHiddenSize = fields.Size("out_hidden_size"),
            NumPositionEmbeddings = fields.Size("num_position_embeddings"),
            DeepstackVisualIndexes = fields.IntsOrNull("deepstack_visual_indexes") ?? throw fields.Missing("deepstack_visual_indexes"),
            InChannels = fields.Size("in_channels"),
            PixelMean = Qwen3VlFormat.Instance.Images!.Mean,
            PixelDeviation = Qwen3VlFormat.Instance.Images!.Deviation,
            InitializerRange = fields.DoubleOrNull("initializer_range") ?? 0.02,
        };
        // The axial rotary embedding gives a quarter of each head to height and a quarter to width, as pairs.
        if (vision.HiddenSize % vision.Heads != 0 || vision.HeadDim % 4 != 0)
            throw fields.Refuse("hidden_size", $"is {vision.HiddenSize}, expected num_heads, {vision.Heads}, times a multiple of 4");
        if (vision.OutHiddenSize != text.HiddenSize)
            throw fields.Refuse("out_hidden_size", $"is {vision.OutHiddenSize}, expected text_config.hidden_size, {text.HiddenSize}");
        if ((long)vision.PositionGridSide * vision.PositionGridSide != vision.NumPositionEmbeddings)
            throw fields.Refuse("num_position_embeddings", $"is {vision.NumPositionEmbeddings}, expected a square number");
        CheckDeepstack(fields, vision, text);
        return vision;
    }

    private static void CheckDeepstack(JsonFields fields, VisionConfig vision, TextConfig text)
    {
        var indexes = vision.DeepstackVisualIndexes;
        foreach (var index in indexes)
        {
            if (index < 0 || index >= vision.Depth)
                throw fields.Refuse("deepstack_visual_indexes", $"contains {index}, expected blocks from 0 to {vision.Depth - 1}");
        }
        if (indexes.Zip(indexes.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw fields.Refuse("deepstack_visual_indexes", $"is [{string.Join(", ", indexes)}], expected increasing numbers");
        if (indexes.Count > text.Layers)
            throw fields.Refuse(
                "deepstack_visual_indexes",
                $"names {indexes.Count} blocks, expected at most one for each of the {text.Layers} text layers"
            );
    }

    private static void RefuseRope(JsonFields? rope)
    {
        if (rope is null)
            return;
        if (rope.TextOrNull("rope_type") is { } type && type is not ("axial" or "default"))
            throw rope.Refuse("rope_type", $"is {type}, which is not supported; expected axial");
        if (rope.DoubleOrNull("rope_theta") is { } theta && theta != RopeTheta)
            throw rope.Refuse(
                "rope_theta",
                string.Create(CultureInfo.InvariantCulture, $"is {theta}, which is not supported; expected {RopeTheta}")
            );
    }
}
