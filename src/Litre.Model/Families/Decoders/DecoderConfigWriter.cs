using System.Text.Json.Nodes;
using Litre.Model.Configuration;
using Litre.Torch;

namespace Litre.Model.Families.Decoders;

/// <summary>Writes the part of a configuration that describes a decoder, in the hub's spelling.</summary>
internal static class DecoderConfigWriter
{
    /// <summary>The fields that describe a decoder, and the fields about the whole model that are stored with them.</summary>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="type">The <c>model_type</c> of this part.</param>
    /// <param name="rope">How the rotary embedding differs from the usual one; null if it does not.</param>
    internal static JsonObject Fields(ModelConfig config, string type, JsonObject? rope)
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
            ["model_type"] = type,
            ["num_attention_heads"] = text.Heads,
            ["num_hidden_layers"] = text.Layers,
            ["num_key_value_heads"] = text.KvHeads,
            ["rms_norm_eps"] = text.RmsNormEps,
            ["rope_scaling"] = rope,
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

    internal static JsonArray List(IEnumerable<int> values) => new([.. values.Select(v => (JsonNode)v)]);
}
