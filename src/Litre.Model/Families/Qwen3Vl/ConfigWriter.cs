using System.Text.Json.Nodes;
using Litre.Core.Json;
using Litre.Model.Configuration;
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

    private static JsonObject Text(ModelConfig config)
    {
        var text = config.Text;
        var json = new JsonObject
        {
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["head_dim"] = text.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = text.HiddenSize,
            ["initializer_range"] = text.InitializerRange,
            ["intermediate_size"] = text.IntermediateSize,
            ["max_position_embeddings"] = text.MaxPositionEmbeddings,
            ["model_type"] = config.ModelType + "_text",
            ["num_attention_heads"] = text.Heads,
            ["num_hidden_layers"] = text.Layers,
            ["num_key_value_heads"] = text.KvHeads,
            ["rms_norm_eps"] = text.RmsNormEps,
            ["rope_scaling"] = new JsonObject
            {
                ["mrope_interleaved"] = true,
                ["mrope_section"] = List(text.MropeSection),
                ["rope_type"] = "default",
            },
            ["rope_theta"] = text.RopeTheta,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["use_cache"] = true,
            ["vocab_size"] = text.Vocab,
        };
        if (config.DType is { } dtype)
            json["dtype"] = dtype.Name();
        if (config.EosTokenIds.Count == 1)
            json["eos_token_id"] = config.EosTokenIds[0];
        else if (config.EosTokenIds.Count > 1)
            json["eos_token_id"] = List(config.EosTokenIds);
        if (config.PadTokenId is { } pad)
            json["pad_token_id"] = pad;
        if (!config.IsMoe)
            return json;

        json["decoder_sparse_step"] = text.DecoderSparseStep;
        json["mlp_only_layers"] = List(text.MlpOnlyLayers);
        json["moe_intermediate_size"] = text.MoeIntermediateSize;
        json["norm_topk_prob"] = true;
        json["num_experts"] = text.Experts;
        json["num_experts_per_tok"] = text.ExpertsPerToken;
        return json;
    }

    private static JsonObject Vision(ModelConfig config)
    {
        var vision = config.Vision!;
        return new JsonObject
        {
            ["deepstack_visual_indexes"] = List(vision.DeepstackVisualIndexes),
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

    private static JsonArray List(IEnumerable<int> values) => new([.. values.Select(v => (JsonNode)v)]);
}
