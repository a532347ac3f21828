using System.Text.Json;
using Litre.Core.Json;

namespace Litre.Model.Configuration;

/// <summary>
/// Reads PEFT's <c>adapter_config.json</c>. Every field of PEFT belongs to one of three groups: fields that are read, fields without
/// effect on a trained adapter, and fields that change the computation; the last ones and all unknown ones must be neutral.
/// </summary>
internal static class AdapterConfigReader
{
    private static readonly HashSet<string> Understood = new(StringComparer.Ordinal)
    {
        "peft_type",
        "r",
        "lora_alpha",
        "lora_dropout",
        "use_rslora",
        "target_modules",
        "exclude_modules",
        "target_parameters",
        "rank_pattern",
        "alpha_pattern",
        "layers_to_transform",
        "layers_pattern",
        "bias",
        "init_lora_weights",
        "base_model_name_or_path",
        "revision",
        "task_type",
        "inference_mode",
        "peft_version",
    };

    // How the adapter was initialized, or how another program runs it: the trained weights do not depend on these.
    private static readonly HashSet<string> WithoutMeaning = new(StringComparer.Ordinal)
    {
        "auto_mapping",
        "runtime_config",
        "megatron_core",
        "qalora_group_size",
        "loftq_config",
        "eva_config",
        "corda_config",
        "lora_ga_config",
    };

    // The other initializations subtract the adapter's initial update from the base weights, so that the adapter does not belong to the
    // weights of the base checkpoint.
    private static readonly HashSet<string> NeutralInitializations = new(StringComparer.Ordinal) { "gaussian", "eva", "orthogonal" };

    internal static AdapterConfig Read(JsonFields fields)
    {
        var type = fields.TextOrNull("peft_type") ?? throw fields.Missing("peft_type");
        if (type != "LORA")
            throw fields.Refuse("peft_type", $"is {type}, which is not supported; expected LORA");
        if (fields.TextOrNull("bias") is { } bias && bias != "none")
            throw fields.Refuse("bias", $"is {bias}, which is not supported; expected none");
        CheckInitialization(fields);
        RefuseOthers(fields);

        var config = new AdapterConfig
        {
            Rank = fields.IntOrNull("r") ?? 8,
            Alpha = fields.DoubleOrNull("lora_alpha") ?? 8,
            Dropout = fields.DoubleOrNull("lora_dropout") ?? 0,
            UseRsLora = fields.BoolOrNull("use_rslora") ?? false,
            TargetModules = Selection(fields, "target_modules"),
            ExcludeModules = Selection(fields, "exclude_modules"),
            TargetParameters = fields.TextsOrNull("target_parameters") ?? [],
            RankPattern = Patterns(fields, "rank_pattern", (f, name) => f.Int(name)),
            AlphaPattern = Patterns(fields, "alpha_pattern", (f, name) => f.Double(name)),
            LayersToTransform = fields.IntOrInts("layers_to_transform") ?? [],
            LayersPattern = TextOrTexts(fields, "layers_pattern"),
            BaseModel = fields.TextOrNull("base_model_name_or_path"),
            Revision = fields.TextOrNull("revision"),
            TaskType = fields.TextOrNull("task_type"),
            PeftVersion = fields.TextOrNull("peft_version"),
            InferenceMode = fields.BoolOrNull("inference_mode") ?? false,
            IsRead = true,
        };
        config.Validate(fields.File);
        return config;
    }

    private static void CheckInitialization(JsonFields fields)
    {
        if (!fields.TryGet("init_lora_weights", out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return;
        var name = fields.TextOrNull("init_lora_weights")!;
        if (!NeutralInitializations.Contains(name))
            throw fields.Refuse(
                "init_lora_weights",
                $"is {name}, which changes the base weights and is not supported; save the adapter with PEFT's "
                    + "path_initial_model_for_weight_conversion, which converts it to a plain LoRA adapter"
            );
    }

    private static void RefuseOthers(JsonFields fields)
    {
        foreach (var item in fields.Items())
        {
            if (Understood.Contains(item.Name) || WithoutMeaning.Contains(item.Name) || IsNeutral(item.Value))
                continue;
            var text = item.Value.GetRawText().ReplaceLineEndings(" ");
            if (text.Length > 60)
                text = text[..60] + "…";
            throw fields.Refuse(
                item.Name,
                $"is {text}, which is not supported; Litre supports plain LoRA only, so train the adapter without it"
            );
        }
    }

    private static bool IsNeutral(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => true,
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };

    private static ModuleSelection? Selection(JsonFields fields, string name)
    {
        if (!fields.TryGet(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String
            ? ModuleSelection.Matching(value.GetString()!, $"{fields.File}: {name}")
            : ModuleSelection.Of(fields.TextsOrNull(name)!);
    }

    private static string[] TextOrTexts(JsonFields fields, string name) =>
        fields.TryGet(name, out var value) && value.ValueKind == JsonValueKind.String
            ? [value.GetString()!]
            : fields.TextsOrNull(name) ?? [];

    private static ModulePatterns<T> Patterns<T>(JsonFields fields, string name, Func<JsonFields, string, T> read)
    {
        if (fields.ObjectOrNull(name) is not { } patterns)
            return ModulePatterns<T>.None;
        return new ModulePatterns<T>(
            patterns.Items().Select(i => KeyValuePair.Create(i.Name, read(patterns, i.Name))),
            $"{fields.File}: {name}"
        );
    }
}
