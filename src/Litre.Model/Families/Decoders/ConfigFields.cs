using System.Globalization;
using Litre.Core.Json;
using Litre.Torch;

namespace Litre.Model.Families.Decoders;

/// <summary>Fields that the configurations of all families have.</summary>
internal static class ConfigFields
{
    /// <summary>Refuses a checkpoint of quantized weights.</summary>
    internal static void RefuseQuantized(JsonFields fields)
    {
        if (fields.Has("quantization_config"))
            throw fields.Refuse(
                "quantization_config",
                "is set, so the weights are quantized, which is not supported; use the BF16 checkpoint of this model"
            );
    }

    /// <summary>Tokens that end an answer, and the padding token; <c>generation_config.json</c> has priority.</summary>
    internal static (IReadOnlyList<int> Eos, int? Pad) Ends(JsonFields root, JsonFields text, JsonFields? generation)
    {
        var eos = generation?.IntOrInts("eos_token_id") ?? text.IntOrInts("eos_token_id") ?? root.IntOrInts("eos_token_id") ?? [];
        return (eos, generation?.IntOrNull("pad_token_id") ?? text.IntOrNull("pad_token_id") ?? root.IntOrNull("pad_token_id"));
    }

    /// <summary>The element type that a configuration names, at its root or in the text model's part; null if it names none.</summary>
    internal static DType? ElementType(JsonFields root, JsonFields text) =>
        ReadDType(root, "dtype") ?? ReadDType(root, "torch_dtype") ?? ReadDType(text, "dtype") ?? ReadDType(text, "torch_dtype");

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

    /// <summary>A token's id within the vocabulary.</summary>
    internal static int Token(JsonFields fields, string name, int fallback, int vocab)
    {
        var id = fields.IntOrNull(name) ?? fallback;
        return id >= 0 && id < vocab ? id : throw fields.Refuse(name, $"is {id}, expected a token from 0 to {vocab - 1}");
    }

    /// <summary>A number above 0.</summary>
    internal static double Positive(JsonFields fields, string name)
    {
        var value = fields.Double(name);
        return value > 0
            ? value
            : throw fields.Refuse(name, string.Create(CultureInfo.InvariantCulture, $"is {value}, expected a number above 0"));
    }
}
