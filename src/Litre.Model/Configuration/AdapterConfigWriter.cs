using System.Text.Json.Nodes;
using Litre.Core.Json;

namespace Litre.Model.Configuration;

/// <summary>
/// Writes every field that PEFT 0.21 writes, in its order, so that any program that reads such files finds what it expects.
/// </summary>
internal static class AdapterConfigWriter
{
    internal static string Write(AdapterConfig config)
    {
        var json = new JsonObject
        {
            ["alora_invocation_tokens"] = null,
            ["alpha_pattern"] = Map(config.AlphaPattern, Number),
            ["arrow_config"] = null,
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModel,
            ["bias"] = "none",
            ["corda_config"] = null,
            ["ensure_weight_tying"] = false,
            ["eva_config"] = null,
            ["exclude_modules"] = Selection(config.ExcludeModules),
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = config.InferenceMode,
            ["init_lora_weights"] = true,
            ["kasa_config"] = null,
            ["layer_replication"] = null,
            ["layers_pattern"] = config.LayersPattern.Count == 0 ? null : Texts(config.LayersPattern),
            ["layers_to_transform"] =
                config.LayersToTransform.Count == 0 ? null : new JsonArray([.. config.LayersToTransform.Select(i => (JsonNode)i)]),
            ["loftq_config"] = new JsonObject(),
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_bias"] = false,
            ["lora_dropout"] = config.Dropout,
            ["lora_ga_config"] = null,
            ["megatron_config"] = null,
            ["megatron_core"] = "megatron.core",
            ["modules_to_save"] = null,
            ["monteclora_config"] = null,
            ["peft_type"] = "LORA",
            ["peft_version"] = config.PeftVersion,
            ["qalora_group_size"] = 16,
            ["r"] = config.Rank,
            ["rank_pattern"] = Map(config.RankPattern, r => r),
            ["revision"] = config.Revision,
            ["target_modules"] = Selection(config.TargetModules),
            ["target_parameters"] = config.TargetParameters.Count == 0 ? null : Texts(config.TargetParameters),
            ["task_type"] = config.TaskType,
            ["trainable_token_indices"] = null,
            ["use_bdlora"] = null,
            ["use_dora"] = false,
            ["use_qalora"] = false,
            ["use_rslora"] = config.UseRsLora,
            ["velora_config"] = null,
        };
        return json.ToJsonString(JsonText.Indented);
    }

    // PEFT's own files contain whole alphas without a decimal point, which some programs require.
    private static JsonNode Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15 ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static JsonNode? Selection(ModuleSelection? selection) =>
        selection is null ? null
        : selection.Text is not null ? JsonValue.Create(selection.Text)
        : Texts(selection.Names);

    private static JsonArray Texts(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);

    private static JsonObject Map<T>(ModulePatterns<T> patterns, Func<T, JsonNode> value) =>
        new(patterns.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)value(p.Value))));
}
