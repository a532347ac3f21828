using System.Text.Json;
using Litre.Core;
using Litre.Core.Json;
using Litre.Inference.Sampling;
using Litre.Model.Configuration;

namespace Litre.Inference;

/// <summary>The settings of answers that a checkpoint recommends in its <c>generation_config.json</c>.</summary>
public static class GenerationDefaults
{
    /// <summary>Reads the file. Fields that say nothing about sampling are ignored.</summary>
    /// <param name="modelFolder">The checkpoint's folder.</param>
    /// <param name="otherwise">The values of fields that the file does not name; null for the usual ones.</param>
    /// <returns>The settings. They are greedy without a file, or if its <c>do_sample</c> is not true.</returns>
    /// <exception cref="InputException">The file is damaged, or a value is out of range.</exception>
    public static GenerationSettings Load(string modelFolder, GenerationSettings? otherwise = null)
    {
        var path = Path.Combine(modelFolder, ModelConfig.GenerationFileName);
        var settings = otherwise ?? new GenerationSettings();
        if (!File.Exists(path))
            return settings;
        using var fields = JsonFields.Read(path);
        // Without do_sample the other fields have no effect, as in transformers.
        if (fields.TryGet("do_sample", out var sample) && Bool(sample, fields.Name("do_sample"), path))
            settings = settings with
            {
                Temperature = Number(fields, "temperature") ?? 1,
                TopK = Whole(fields, "top_k") ?? 0,
                TopP = Number(fields, "top_p") ?? 1,
                MinP = Number(fields, "min_p") ?? 0,
            };
        settings = settings with
        {
            RepetitionPenalty = Number(fields, "repetition_penalty") ?? settings.RepetitionPenalty,
            StopTokens = StopTokens(fields),
            MaxNewTokens = Whole(fields, "max_new_tokens") ?? settings.MaxNewTokens,
        };
        try
        {
            settings.Validate();
        }
        catch (InputException e)
        {
            throw new InputException($"{path}: {e.Setting?.Replace('-', '_')}: {e.Value}: {e.Reason}; correct it or remove the field", e);
        }
        return settings;
    }

    private static bool Bool(JsonElement value, string name, string path) =>
        value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(path, name, value, "true or false"),
        };

    private static double? Number(JsonFields fields, string name)
    {
        if (!fields.TryGet(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(fields.File, name, value, "a number");
    }

    private static int? Whole(JsonFields fields, string name)
    {
        if (!fields.TryGet(name, out var value))
            return null;
        return AsWhole(fields, name, value);
    }

    private static int AsWhole(JsonFields fields, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw Wrong(fields.File, name, value, "a whole number");

    private static HashSet<int> StopTokens(JsonFields fields)
    {
        const string Name = "eos_token_id";
        if (!fields.TryGet(Name, out var value))
            return [];
        var tokens = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value };
        return
        [
            .. tokens.Select(t => AsWhole(fields, Name, t) is >= 0 and var token ? token : throw Wrong(fields.File, Name, t, "0 or more")),
        ];
    }

    private static InputException Wrong(string path, string name, JsonElement value, string expected) =>
        new($"{path}: {name}: {value.GetRawText()}: expected {expected}; correct it or remove the field");
}
