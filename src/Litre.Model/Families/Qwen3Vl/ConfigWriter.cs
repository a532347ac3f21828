using System.Text.Json.Nodes;
using Litre.Core.Json;
using Litre.Model.Configuration;
using Litre.Model.Families.Decoders;
using Litre.Torch;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>Writes a configuration in the hub's spelling.</summary>
internal static class ConfigWriter
{
    // The release of transformers in which Qwen3-VL appeared; later ones convert the spelling when they read it.
    private const string TransformersVersion = "4.57.0";

    internal static string Write(ModelConfig config)
    {
        var root = new JsonObject
        {
            ["architectures"] = new JsonArray(config.IsMoe ? "Qwen3VLMoeForConditionalGeneration" : "Qwen3VLForConditionalGeneration"),
            ["image_token_id"] = config.Visual!.Image,
            ["model_type"] = config.ModelType,
            ["text_config"] = Text(config),
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["transformers_version"] = TransformersVersion,
            ["video_token_id"] = config.Visual!.Video,
            ["vision_config"] = Vision(config),
            ["vision_end_token_id"] = config.Visual!.End,
            ["vision_start_token_id"] = config.Visual!.Start,
        };
        if (config.DType is { } dtype)
            root["dtype"] = dtype.Name();
        return root.ToJsonString(JsonText.Indented) + "\n";
    }

    private static JsonObject Text(ModelConfig config) =>
        DecoderConfigWriter.Fields(
            config,
            config.ModelType + "_text",
            new JsonObject
            {
                ["mrope_interleaved"] = true,
                ["mrope_section"] = DecoderConfigWriter.List(config.Text.MropeSection),
                ["rope_type"] = "default",
            }
        );

    private static JsonObject Vision(ModelConfig config)
    {
        var vision = config.Vision!;
        return new JsonObject
        {
            ["deepstack_visual_indexes"] = DecoderConfigWriter.List(vision.DeepstackVisualIndexes),
            ["depth"] = vision.Depth,
            ["hidden_act"] = "gelu_pytorch_tanh",
            ["hidden_size"] = vision.HiddenSize,
            ["in_channels"] = vision.InChannels,
            ["initializer_range"] = vision.InitializerRange,
            ["intermediate_size"] = vision.IntermediateSize,
            // The hub's files repeat the outer type here; transformers corrects it when it reads them.
            ["model_type"] = config.ModelType,
            ["num_heads"] = vision.Heads,
            ["num_position_embeddings"] = vision.NumPositionEmbeddings,
            ["out_hidden_size"] = vision.OutHiddenSize,
            ["patch_size"] = vision.PatchSize,
            ["spatial_merge_size"] = vision.SpatialMergeSize,
            ["temporal_patch_size"] = vision.TemporalPatchSize,
        };
    }
}
