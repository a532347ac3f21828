using System.Globalization;
using Litre.Core.Json;
using Litre.Torch;

namespace Litre.Model.Configuration;

/// <summary>Reads <c>config.json</c> in both spellings and refuses, by name, what Litre does not compute.</summary>
internal static class ModelConfigReader
{
    // transformers' own default where the configuration names no sections.
    private static readonly int[] DefaultMropeSection = [24, 20, 20];

    internal static ModelConfig Read(string path, string json, string? generationPath)
    {
        using var root = JsonFields.Parse(path, json);
        var type = root.TextOrNull("model_type") ?? throw root.Missing("model_type");
        if (type is not (ModelConfig.DenseType or ModelConfig.MoeType))
            throw root.Refuse(
                "model_type",
                $"is {type}, which is not supported; use a {ModelConfig.DenseType} or {ModelConfig.MoeType} model, "
                    + "such as Qwen3-VL-8B-Instruct or Qwen3-VL-30B-A3B-Instruct"
            );
        var fields = root.Object("text_config");
        RefuseQuantized(root);
        RefuseQuantized(fields);

        var text = ReadText(fields, type == ModelConfig.MoeType);
        var vision = VisionConfigReader.Read(root.Object("vision_config"), text);
        var (eos, pad) = ReadEnds(root, fields, generationPath);
        return new ModelConfig
        {
            ModelType = type,
            Text = text,
            Vision = vision,
            // The outer value decides in transformers; some checkpoints carry the inner one alone.
            TieWordEmbeddings = root.BoolOrNull("tie_word_embeddings") ?? fields.BoolOrNull("tie_word_embeddings") ?? false,
            DType =
                ReadDType(root, "dtype")
                ?? ReadDType(root, "torch_dtype")
                ?? ReadDType(fields, "dtype")
                ?? ReadDType(fields, "torch_dtype"),
            ImageTokenId = Token(root, "image_token_id", 151655, text.Vocab),
            VideoTokenId = Token(root, "video_token_id", 151656, text.Vocab),
            VisionStartTokenId = Token(root, "vision_start_token_id", 151652, text.Vocab),
            VisionEndTokenId = Token(root, "vision_end_token_id", 151653, text.Vocab),
            EosTokenIds = eos,
            PadTokenId = pad,
            RawJson = json,
        };
    }

    private static TextConfig ReadText(JsonFields fields, bool moe)
    {
        RefuseUnsupported(fields);
        var heads = fields.Size("num_attention_heads");
        var kvHeads = fields.Has("num_key_value_heads") ? fields.Size("num_key_value_heads") : heads;
        if (heads % kvHeads != 0)
            throw fields.Refuse("num_attention_heads", $"is {heads}, expected a multiple of num_key_value_heads, {kvHeads}");
        var hidden = fields.Size("hidden_size");
        if (!fields.Has("head_dim") && hidden % heads != 0)
            throw fields.Refuse("hidden_size", $"is {hidden}, expected a multiple of num_attention_heads, {heads}, as head_dim is missing");
        var headDim = fields.Has("head_dim") ? fields.Size("head_dim") : hidden / heads;
        var (theta, section) = ReadRope(fields, headDim);
        var layers = fields.Size("num_hidden_layers");
        var text = new TextConfig
        {
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            IntermediateSize = fields.Size("intermediate_size"),
            RmsNormEps = Positive(fields, "rms_norm_eps"),
            RopeTheta = theta,
            MropeSection = section,
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
            throw fields.Refuse("num_experts", $"is {other}, but {name} is {experts}; they mean the same, so make them equal");
        var chosen = fields.Size("num_experts_per_tok");
        if (chosen > experts)
            throw fields.Refuse("num_experts_per_tok", $"is {chosen}, expected at most {name}, {experts}");
        if (fields.BoolOrNull("norm_topk_prob") == false)
            throw fields.Refuse(
                "norm_topk_prob",
                "is false, which is not supported: the router's weights are always renormalised; use a model with true"
            );
        var dense = fields.IntsOrNull("mlp_only_layers") ?? [];
        foreach (var layer in dense)
        {
            if (layer < 0 || layer >= text.Layers)
                throw fields.Refuse("mlp_only_layers", $"holds {layer}, expected layers from 0 to {text.Layers - 1}");
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

    private static (double Theta, int[] Section) ReadRope(JsonFields fields, int headDim)
    {
        var parameters = fields.ObjectOrNull("rope_parameters");
        var rope = parameters ?? fields.ObjectOrNull("rope_scaling");
        var thetaAt = parameters is not null && parameters.Has("rope_theta") ? parameters : fields;
        var theta = Positive(thetaAt, "rope_theta");
        if (rope is not null)
        {
            foreach (var name in new[] { "rope_type", "type" })
            {
                if (rope.TextOrNull(name) is { } type && type is not ("default" or "mrope"))
                    throw rope.Refuse(name, $"is {type}, which is not supported; expected default or mrope");
            }
            if (rope.BoolOrNull("mrope_interleaved") == false)
                throw rope.Refuse("mrope_interleaved", "is false, which is not supported; Qwen3-VL interleaves its sections");
            if (rope.DoubleOrNull("partial_rotary_factor") is { } factor && factor != 1)
                throw rope.Refuse(
                    "partial_rotary_factor",
                    string.Create(CultureInfo.InvariantCulture, $"is {factor}, which is not supported; expected 1")
                );
        }
        var section = rope?.IntsOrNull("mrope_section") ?? DefaultMropeSection;
        var where = rope ?? fields;
        if (headDim % 2 != 0)
            throw fields.Refuse("head_dim", $"is {headDim}, expected an even number");
        // A section below zero could make a wrong sum look right.
        if (section.Length != 3 || section.Any(n => n < 0) || section.Sum(n => (long)n) != headDim / 2)
            throw where.Refuse(
                "mrope_section",
                $"is [{string.Join(", ", section)}], expected three numbers that sum to half of head_dim, {headDim / 2}"
            );
        return (theta, section);
    }

    private static void RefuseUnsupported(JsonFields fields)
    {
        if (fields.TextOrNull("hidden_act") is { } act && act != "silu")
            throw fields.Refuse("hidden_act", $"is {act}, which is not supported; expected silu");
        if (fields.BoolOrNull("attention_bias") == true)
            throw fields.Refuse("attention_bias", "is true, which is not supported; Qwen3-VL's attention has no biases");
        if (fields.DoubleOrNull("attention_dropout") is { } dropout && dropout != 0)
            throw fields.Refuse(
                "attention_dropout",
                string.Create(CultureInfo.InvariantCulture, $"is {dropout}, which is not supported; set it to 0")
            );
        // Some configurations state a window's size beside the switch that turns it off.
        var window = fields.BoolOrNull("use_sliding_window");
        if (window == true || (window is null && fields.Has("sliding_window")))
            throw fields.Refuse(
                window == true ? "use_sliding_window" : "sliding_window",
                "asks for sliding window attention, which is not supported; use a model with full attention"
            );
        if (fields.TextsOrNull("layer_types")?.FirstOrDefault(t => t != "full_attention") is { } kind)
            throw fields.Refuse("layer_types", $"holds {kind}, which is not supported; expected full_attention alone");
    }

    private static void RefuseQuantized(JsonFields fields)
    {
        if (fields.Has("quantization_config"))
            throw fields.Refuse(
                "quantization_config",
                "says that the weights are quantized, which is not supported; use the BF16 checkpoint of this model"
            );
    }

    private static (IReadOnlyList<int> Eos, int? Pad) ReadEnds(JsonFields root, JsonFields text, string? generationPath)
    {
        using var generation = generationPath is null ? null : JsonFields.Read(generationPath);
        var eos = generation?.IntOrInts("eos_token_id") ?? text.IntOrInts("eos_token_id") ?? root.IntOrInts("eos_token_id") ?? [];
        return (eos, generation?.IntOrNull("pad_token_id") ?? text.IntOrNull("pad_token_id") ?? root.IntOrNull("pad_token_id"));
    }

    private static DType? ReadDType(JsonFields fields, string name)
    {
        if (fields.TextOrNull(name) is not { } text)
            return null;
        return text switch
        {
            "bfloat16" => DType.BFloat16,
            "float16" => DType.Float16,
            "float32" => DType.Float32,
            "float64" => DType.Float64,
            _ => throw fields.Refuse(name, $"is {text}, which is not supported; expected bfloat16, float16, float32 or float64"),
        };
    }

    private static int Token(JsonFields fields, string name, int fallback, int vocab)
    {
        var id = fields.IntOrNull(name) ?? fallback;
        return id >= 0 && id < vocab ? id : throw fields.Refuse(name, $"is {id}, expected a token from 0 to {vocab - 1}");
    }

    private static double Positive(JsonFields fields, string name)
    {
        var value = fields.Double(name);
        return value > 0
            ? value
            : throw fields.Refuse(name, string.Create(CultureInfo.InvariantCulture, $"is {value}, expected a number above 0"));
    }
}
