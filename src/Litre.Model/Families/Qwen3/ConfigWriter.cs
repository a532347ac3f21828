using System.Text.Json.Nodes;
using Litre.Core.Json;
using Litre.Model.Configuration;
using Litre.Torch;

namespace Litre.Model.Families.Qwen3;

/// <summary>Writes a configuration in the hub's spelling.</summary>
internal static class ConfigWriter
{
    // The release of transformers in which the family appeared; later ones convert the spelling when they read it.
    private const string TransformersVersion = "4.51.0";

    internal static string Write(ModelConfig config)
    {
        var text = config.Text;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Qwen3Family.Architecture),
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["head_dim"] = text.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = text.HiddenSize,
            ["initializer_range"] = text.InitializerRange,
            ["intermediate_size"] = text.IntermediateSize,
            ["max_position_embeddings"] = text.MaxPositionEmbeddings,
            ["model_type"] = config.ModelType,
            ["num_attention_heads"] = text.Heads,
            ["num_hidden_layers"] = text.Layers,
            ["num_key_value_heads"] = text.KvHeads,
            ["rms_norm_eps"] = text.RmsNormEps,
            ["rope_scaling"] = null,
            ["rope_theta"] = text.RopeTheta,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["transformers_version"] = TransformersVersion,
            ["use_cache"] = true,
            ["use_sliding_window"] = false,
            ["vocab_size"] = text.Vocab,
        };
        if (config.DType is { } dtype)
            json["dtype"] = dtype.Name();
        if (config.EosTokenIds.Count == 1)
            json["eos_token_id"] = config.EosTokenIds[0];
        else if (config.EosTokenIds.Count > 1)
            json["eos_token_id"] = new JsonArray([.. config.EosTokenIds.Select(v => (JsonNode)v)]);
        if (config.PadTokenId is { } pad)
            json["pad_token_id"] = pad;
        return json.ToJsonString(JsonText.Indented) + "\n";
    }
}
