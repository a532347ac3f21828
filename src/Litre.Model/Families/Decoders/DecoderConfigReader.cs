using System.Globalization;
using Litre.Core.Json;
using Litre.Model.Layers;

namespace Litre.Model.Families.Decoders;

/// <summary>Reads the part of a configuration that describes a decoder, in the spellings of the hub and of transformers 5.</summary>
internal static class DecoderConfigReader
{
    /// <summary>Sizes and constants of a decoder.</summary>
    /// <param name="fields">The object that contains them.</param>
    /// <param name="family">The family's name, for messages.</param>
    /// <param name="moe">Whether layers have experts.</param>
    /// <param name="ropeTypes">Kinds of rotary embedding that the family supports in addition to <c>default</c>.</param>
    internal static TextConfig Read(JsonFields fields, string family, bool moe, params string[] ropeTypes)
    {
        RefuseUnsupported(fields, family);
        var heads = fields.Size("num_attention_heads");
        var kvHeads = fields.Has("num_key_value_heads") ? fields.Size("num_key_value_heads") : heads;
        if (heads % kvHeads != 0)
            throw fields.Refuse("num_attention_heads", $"is {heads}, expected a multiple of num_key_value_heads, {kvHeads}");
        var hidden = fields.Size("hidden_size");
        if (!fields.Has("head_dim") && hidden % heads != 0)
            throw fields.Refuse(
                "hidden_size",
                $"is {hidden}, expected a multiple of num_attention_heads, {heads}, because head_dim is missing"
            );
        var headDim = fields.Has("head_dim") ? fields.Size("head_dim") : hidden / heads;
        if (headDim % 2 != 0)
            throw fields.Refuse("head_dim", $"is {headDim}, expected an even number");
        var theta = ReadRope(fields, ropeTypes);
        var layers = fields.Size("num_hidden_layers");
        if (fields.TextsOrNull("layer_types") is { } types && types.Length != layers)
            throw fields.Refuse(
                "layer_types",
                $"has length {types.Length}, but num_hidden_layers is {layers}; both must agree; download config.json again"
            );
        var text = new TextConfig
        {
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            IntermediateSize = fields.Size("intermediate_size"),
            RmsNormEps = ConfigFields.Positive(fields, "rms_norm_eps"),
            RopeTheta = theta,
            Vocab = fields.Size("vocab_size"),
            MaxPositionEmbeddings = fields.Size("max_position_embeddings"),
            InitializerRange = fields.DoubleOrNull("initializer_range") ?? 0.02,
        };
        return moe ? ReadExperts(fields, text) : text;
    }

    private static TextConfig ReadExperts(JsonFields fields, TextConfig text)
    {
        // transformers 5 renamed the field; a file with both must not contradict itself.
        var name = fields.Has("num_local_experts") ? "num_local_experts" : "num_experts";
        var experts = fields.Size(name);
        if (fields.IntOrNull("num_experts") is { } other && other != experts)
            throw fields.Refuse("num_experts", $"is {other}, but {name} is {experts}; both mean the same number, so make them equal");
        var chosen = fields.Size("num_experts_per_tok");
        if (chosen > experts)
            throw fields.Refuse("num_experts_per_tok", $"is {chosen}, expected at most {name}, {experts}");
        if (fields.BoolOrNull("norm_topk_prob") == false)
            throw fields.Refuse(
                "norm_topk_prob",
                "is false, which is not supported because the router's weights are always normalized; use a model in which it is true"
            );
        var dense = fields.IntsOrNull("mlp_only_layers") ?? [];
        foreach (var layer in dense)
        {
            if (layer < 0 || layer >= text.Layers)
                throw fields.Refuse("mlp_only_layers", $"contains {layer}, expected layers from 0 to {text.Layers - 1}");
        }
        return text with
        {
            Experts = experts,
            ExpertsPerToken = chosen,
            MoeIntermediateSize = fields.Size("moe_intermediate_size"),
            MlpOnlyLayers = dense,
            DecoderSparseStep = fields.Has("decoder_sparse_step") ? fields.Size("decoder_sparse_step") : 1,
        };
    }

    /// <summary>The object that describes the rotary embedding, in either spelling; null if there is none.</summary>
    internal static JsonFields? Rope(JsonFields fields) => fields.ObjectOrNull("rope_parameters") ?? fields.ObjectOrNull("rope_scaling");

    private static double ReadRope(JsonFields fields, string[] types)
    {
        var parameters = fields.ObjectOrNull("rope_parameters");
        var theta = ConfigFields.Positive(parameters is not null && parameters.Has("rope_theta") ? parameters : fields, "rope_theta");
        // transformers 5 moved the field; a file with several must not contradict itself.
        foreach (var part in (JsonFields?[])[fields, fields.ObjectOrNull("rope_scaling")])
        {
            if (part?.DoubleOrNull("rope_theta") is { } other && other != theta)
                throw part.Refuse(
                    "rope_theta",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"is {other}, but another rope_theta is {theta}; both mean the same number; download config.json again"
                    )
                );
        }
        if (Rope(fields) is not { } rope)
            return theta;
        string[] known = ["default", .. types];
        foreach (var name in new[] { "rope_type", "type" })
        {
            if (rope.TextOrNull(name) is { } type && !known.Contains(type))
                throw rope.Refuse(
                    name,
                    $"is {type}, which is not supported; expected {string.Join(" or ", known)}; use a model without it, or, if it was "
                        + "added to extend the context, restore the original config.json"
                );
        }
        if (rope.DoubleOrNull("partial_rotary_factor") is { } factor && factor != 1)
            throw rope.Refuse(
                "partial_rotary_factor",
                string.Create(CultureInfo.InvariantCulture, $"is {factor}, which is not supported; use a model in which it is 1")
            );
        return theta;
    }

    private static void RefuseUnsupported(JsonFields fields, string family)
    {
        if (fields.TextOrNull("hidden_act") is { } act && act != "silu")
            throw fields.Refuse("hidden_act", $"is {act}, which is not supported; expected silu");
        if (fields.BoolOrNull("attention_bias") == true)
            throw fields.Refuse(
                "attention_bias",
                $"is true, which is not supported because {family}'s attention has no biases; use a model in which it is false"
            );
        if (fields.DoubleOrNull("attention_dropout") is { } dropout && dropout != 0)
            throw fields.Refuse(
                "attention_dropout",
                string.Create(CultureInfo.InvariantCulture, $"is {dropout}, which is not supported; set it to 0")
            );
        // Some configurations state a window size together with the switch that disables it.
        var window = fields.BoolOrNull("use_sliding_window");
        if (window == true || (window is null && fields.Has("sliding_window")))
            throw fields.Refuse(
                window == true ? "use_sliding_window" : "sliding_window",
                "enables sliding window attention, which is not supported; use a model with full attention"
            );
        if (fields.TextsOrNull("layer_types")?.FirstOrDefault(t => t != "full_attention") is { } kind)
            throw fields.Refuse(
                "layer_types",
                $"contains {kind}, which is not supported; use a model whose layers all have full_attention"
            );
    }
}
