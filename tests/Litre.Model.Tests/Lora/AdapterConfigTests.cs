using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Lora;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class AdapterConfigTests : IDisposable
{
    private const string Attention0 = "model.language_model.layers.0.self_attn.q_proj";

    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Load_ReferenceAdapter_TargetsExactlyTheModulesItHolds(string model)
    {
        var config = AdapterConfig.Load(Repository.Reference(model, "adapter"));
        using var adapter = SafetensorsFile.Open(Repository.Reference(model, "adapter", "adapter_model.safetensors"));
        using var weights = SafetensorsFile.Open(Repository.Reference(model, "model", "model.safetensors"));

        var held = adapter
            .Tensors.Keys.Where(k => !k.Contains(".experts.", StringComparison.Ordinal))
            .Select(k => k["base_model.model.".Length..k.IndexOf(".lora_", StringComparison.Ordinal)])
            .ToHashSet();
        var targeted = weights
            .Tensors.Keys.Where(k => k.EndsWith(".weight", StringComparison.Ordinal))
            .Select(k => k[..^".weight".Length])
            .Where(config.TargetsModule)
            .ToHashSet();

        Assert.Equal(held.Order(), targeted.Order());
        Assert.Equal(4, config.RankOf(Attention0));
        Assert.Equal(8, config.AlphaOf(Attention0));
        Assert.Equal(model == "moe" ? 8 : 0, weights.Tensors.Keys.Count(config.TargetsParameter));
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void ToJson_ReferenceAdapter_EqualsPeftsFileFieldForField(string model)
    {
        var path = Repository.Reference(model, "adapter", AdapterConfig.FileName);
        var expected = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        expected["auto_mapping"] = null;

        AdapterConfig.Load(path).Save(_folder.Path);

        var written = JsonNode.Parse(File.ReadAllText(_folder.File(AdapterConfig.FileName)))!.AsObject();
        Assert.Equal(expected.Select(f => f.Key), written.Select(f => f.Key));
        foreach (var (name, value) in expected)
            Assert.True(JsonNode.DeepEquals(value, written[name]), name);
    }

    [Theory]
    [InlineData("""["q_proj"]""", Attention0, true)]
    [InlineData("""["self_attn.q_proj"]""", Attention0, true)]
    [InlineData("""["_proj"]""", Attention0, false)]
    [InlineData("""["q_pro."]""", Attention0, false)]
    [InlineData("""["lm_head"]""", "lm_head", true)]
    [InlineData("\"q_proj\"", Attention0, false)]
    [InlineData("\".*q_proj\"", Attention0, true)]
    [InlineData("\"model\\\\.language_model.*(q|k)_proj|nothing\"", Attention0, true)]
    [InlineData("\"nothing|.*q_pro\"", Attention0, false)]
    [InlineData("\".*(?P<x>q)_(?P=x)?proj\"", Attention0, true)]
    [InlineData("\".{,100}q_proj\\\\Z\"", Attention0, true)]
    [InlineData("\"all-linear\"", Attention0, true)]
    [InlineData("\"ALL-LINEAR\"", "lm_head", false)]
    public void TargetsModule_ListAndExpression_FollowPeft(string targets, string module, bool expected) =>
        Assert.Equal(expected, Load(("target_modules", targets)).TargetsModule(module));

    [Theory]
    [InlineData("""["q_proj"]""", false)]
    [InlineData("""["k_proj"]""", true)]
    [InlineData("\".*layers\\\\.0.*\"", false)]
    [InlineData("\"layers\\\\.0.*\"", true)]
    public void TargetsModule_Excluded_IsLeftOut(string exclude, bool expected) =>
        Assert.Equal(expected, Load(("exclude_modules", exclude)).TargetsModule(Attention0));

    [Theory]
    [InlineData("1", "null", "model.language_model.layers.1.self_attn.q_proj", true)]
    [InlineData("1", "null", "model.language_model.layers.2.self_attn.q_proj", false)]
    [InlineData("[0, 2]", "null", "model.language_model.layers.2.self_attn.q_proj", true)]
    [InlineData("[]", "null", "model.language_model.layers.9.self_attn.q_proj", true)]
    [InlineData("[1]", "null", "model.layers.1.experts.0.q_proj", true)]
    [InlineData("[0]", "null", "model.layers.1.experts.0.q_proj", false)]
    [InlineData("[0]", "\"experts\"", "model.layers.1.experts.0.q_proj", true)]
    [InlineData("[1]", "[\"blocks\", \"layers\"]", "model.layers.1.experts.0.q_proj", true)]
    [InlineData("[1]", "[\"blocks\"]", "model.layers.1.q_proj", false)]
    [InlineData("[1]", "null", "model.q_proj", false)]
    [InlineData("[1]", "null", "q_proj", true)]
    public void TargetsModule_ChosenLayers_FollowPeft(string layers, string pattern, string module, bool expected) =>
        Assert.Equal(expected, Load(("layers_to_transform", layers), ("layers_pattern", pattern)).TargetsModule(module));

    [Theory]
    [InlineData("""{"q_proj":2}""", 2)]
    [InlineData("""{"layers.0.self_attn.q_proj":2}""", 2)]
    [InlineData("""{"_proj":2}""", 16)]
    [InlineData("""{".*proj":2}""", 2)]
    [InlineData("""{"^q_proj":2}""", 16)]
    [InlineData("""{"k_proj":2,"q_proj":3,".*":4}""", 3)]
    [InlineData("""{"layers\\.[1-3]\\..*q_proj":2}""", 16)]
    [InlineData("""{"k_proj|q_proj":2}""", 2)]
    public void RankOf_Pattern_FollowsPeft(string pattern, int expected)
    {
        var config = Load(("rank_pattern", pattern), ("r", "16"), ("lora_alpha", "32"), ("alpha_pattern", """{"q_proj":8.5}"""));
        Assert.Equal(expected, config.RankOf(Attention0));
        Assert.Equal(8.5, config.AlphaOf(Attention0));
        Assert.Equal(32, config.AlphaOf("v_proj"));
    }

    [Theory]
    [InlineData(false, 32 / 16.0)]
    [InlineData(true, 32 / 4.0)]
    public void Attach_RankStabilisedOrNot_ScalesByRankOrItsRoot(bool stabilised, double scale)
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        var config = new AdapterConfig
        {
            Rank = 16,
            Alpha = 32,
            UseRsLora = stabilised,
            TargetModules = ModuleSelection.Of(["q_proj"]),
        };
        var updates = LoraAttachment.Attach(model, config).Updates;
        Assert.Equal(3, updates.Count);
        Assert.All(updates, u => Assert.Equal(scale, u.Lora.Settings.Scale));
    }

    [Theory]
    [InlineData("peft_type", "\"LOHA\"", "peft_type is LOHA, which is not supported; expected LORA")]
    [InlineData("r", "0", "r is 0, expected a rank above 0")]
    [InlineData("r", "-4", "r is -4, expected a rank above 0")]
    [InlineData("r", "\"8\"", "r is \"8\", expected a whole number")]
    [InlineData("rank_pattern", """{"q_proj":0}""", "rank_pattern.q_proj is 0, expected a rank above 0")]
    [InlineData("lora_alpha", "1e999", "lora_alpha is 1e999, expected a finite number")]
    [InlineData("lora_alpha", "\"NaN\"", "lora_alpha is \"NaN\", expected a finite number")]
    [InlineData("lora_dropout", "1", "lora_dropout is 1, expected a number from 0 to below 1")]
    [InlineData("lora_dropout", "-0.1", "lora_dropout is -0.1, expected a number from 0 to below 1")]
    [InlineData("bias", "\"all\"", "bias is all, which is not supported; expected none")]
    [InlineData("init_lora_weights", "\"pissa_niter_4\"", "init_lora_weights is pissa_niter_4, which changes the base weights")]
    [InlineData("init_lora_weights", "\"olora\"", "init_lora_weights is olora, which changes the base weights")]
    [InlineData("target_modules", "null", "target_modules and target_parameters are both empty")]
    [InlineData("target_modules", "[]", "target_modules and target_parameters are both empty")]
    [InlineData("target_modules", "\"(q_proj\"", "target_modules: (q_proj is not a valid regular expression")]
    [InlineData("rank_pattern", """{"[q":2}""", "rank_pattern: [q is not a valid regular expression")]
    [InlineData("exclude_modules", "\"all-linear\"", "exclude_modules is all-linear")]
    [InlineData("layers_pattern", "\"layers\"", "layers_pattern is set but layers_to_transform is not")]
    [InlineData("modules_to_save", """["lm_head"]""", "modules_to_save is [\"lm_head\"], which is not supported")]
    [InlineData("fan_in_fan_out", "true", "fan_in_fan_out is true, which is not supported")]
    [InlineData("use_dora", "true", "use_dora is true, which is not supported; Litre supports plain LoRA only")]
    [InlineData("lora_bias", "true", "lora_bias is true")]
    [InlineData("layer_replication", "[[0,2]]", "layer_replication is [[0,2]]")]
    [InlineData("trainable_token_indices", "[1]", "trainable_token_indices is [1]")]
    [InlineData("alora_invocation_tokens", "[1]", "alora_invocation_tokens is [1]")]
    [InlineData("use_qalora", "true", "use_qalora is true")]
    [InlineData("arrow_config", """{"top_k":3}""", "arrow_config is {\"top_k\":3}")]
    [InlineData("use_bdlora", """{"nblocks":2}""", "use_bdlora is")]
    [InlineData("kasa_config", """{"beta":1}""", "kasa_config is")]
    [InlineData("monteclora_config", """{"num_samples":8}""", "monteclora_config is")]
    [InlineData("velora_config", """{"scale":1}""", "velora_config is")]
    [InlineData("megatron_config", """{"a":1}""", "megatron_config is")]
    [InlineData("ensure_weight_tying", "true", "ensure_weight_tying is true")]
    [InlineData("some_new_variant", "3", "some_new_variant is 3, which is not supported")]
    public void Load_UnusableField_NamesFileAndField(string field, string value, string expected)
    {
        var message = Assert.Throws<InputException>(() => Load((field, value))).Message;
        Assert.StartsWith(_folder.File(AdapterConfig.FileName) + ": ", message);
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("some_new_variant", "null")]
    [InlineData("some_new_switch", "false")]
    [InlineData("runtime_config", """{"ephemeral_gpu_offload":true}""")]
    [InlineData("eva_config", """{"rho":2.0}""")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("auto_mapping", """{"base_model_class":"X"}""")]
    [InlineData("modules_to_save", "[]")]
    public void Load_FieldWithoutEffect_IsAccepted(string field, string value) => Assert.Equal(8, Load((field, value)).Rank);

    [Fact]
    public void Load_WhatPeftRefuses_IsRefused()
    {
        Assert.Contains(
            "lora_dropout must be 0 where target_parameters",
            Assert
                .Throws<InputException>(() => Load(("lora_dropout", "0.1"), ("target_parameters", """["mlp.experts.down_proj"]""")))
                .Message
        );
        Assert.Contains(
            "layers_to_transform needs a list of names in target_modules, found .*q_proj",
            Assert.Throws<InputException>(() => Load(("target_modules", "\".*q_proj\""), ("layers_to_transform", "[1]"))).Message
        );
    }

    [Fact]
    public void Load_NoFile_NamesTheFolder() =>
        Assert.Equal(
            $"{_folder.Path}: has no adapter_config.json; give the folder of a PEFT adapter",
            Assert.Throws<InputException>(() => AdapterConfig.Load(_folder.Path)).Message
        );

    [Fact]
    public void ToJson_NaNAlpha_Refuses()
    {
        var config = new AdapterConfig
        {
            Rank = 4,
            Alpha = double.NaN,
            TargetModules = ModuleSelection.Of("q_proj"),
        };
        Assert.Contains("lora_alpha is NaN, expected a finite number", Assert.Throws<InputException>(config.ToJson).Message);
    }

    [Fact]
    public void Save_AnySettings_ReadBackEqual()
    {
        var names = Gen.Elements("q_proj", "k_proj", "gate_proj", "self_attn.o_proj", "weiß.名");
        var configs =
            from rank in Gen.Choose(1, 512)
            from alpha in ArbMap.Default.GeneratorFor<NormalFloat>()
            from dropout in Gen.Choose(0, 99)
            from rs in ArbMap.Default.GeneratorFor<bool>()
            from modules in Gen.NonEmptyListOf(names)
            from asText in ArbMap.Default.GeneratorFor<bool>()
            from ranks in Gen.ListOf(Gen.Choose(1, 64))
            from layers in Gen.ListOf(Gen.Choose(0, 47))
            select new AdapterConfig
            {
                Rank = rank,
                Alpha = alpha.Get,
                Dropout = dropout / 100.0,
                UseRsLora = rs,
                TargetModules = asText
                    ? ModuleSelection.Matching($".*({string.Join('|', modules)})", "test")
                    : ModuleSelection.Of([.. modules]),
                RankPattern = new ModulePatterns<int>(ranks.Select((r, i) => KeyValuePair.Create($"layers.{i}.q_proj", r)), "test"),
                AlphaPattern = new ModulePatterns<double>(
                    ranks.Select((r, i) => KeyValuePair.Create($"layers.{i}.q_proj", r * alpha.Get)).Where(p => double.IsFinite(p.Value)),
                    "test"
                ),
                LayersToTransform = asText ? [] : [.. layers],
                BaseModel = modules[0],
                TaskType = rs ? "CAUSAL_LM" : null,
                InferenceMode = rs,
            };

        Prop.ForAll(
                Arb.From(configs),
                config =>
                {
                    config.Save(_folder.Path);
                    var read = AdapterConfig.Load(_folder.Path);
                    Assert.Equal(config.ToJson(), read.ToJson());
                    Assert.Equal(config.Alpha, read.Alpha);
                    Assert.Equal(config.Dropout, read.Dropout);
                    Assert.Equal(config.UseRsLora, read.UseRsLora);
                    Assert.Equal(config.TargetModules, read.TargetModules);
                    foreach (var module in new[] { Attention0, "model.layers.3.q_proj", "model.layers.40.mlp.gate_proj", "x.weiß.名" })
                    {
                        Assert.Equal(config.TargetsModule(module), read.TargetsModule(module));
                        Assert.Equal(config.RankOf(module), read.RankOf(module));
                        Assert.Equal(config.AlphaOf(module), read.AlphaOf(module));
                    }
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private AdapterConfig Load(params (string Field, string Json)[] fields)
    {
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["r"] = 8,
            ["target_modules"] = new JsonArray("q_proj"),
        };
        foreach (var (field, value) in fields)
            json[field] = value == "1e999" ? 0 : JsonNode.Parse(value);
        // A number beyond double's range cannot be held by a node, so it is written by hand.
        var text = json.ToJsonString();
        foreach (var (field, value) in fields.Where(f => f.Json == "1e999"))
            text = text.Replace($"\"{field}\":0", $"\"{field}\":{value}");
        File.WriteAllText(_folder.File(AdapterConfig.FileName), text);
        return AdapterConfig.Load(_folder.Path);
    }
}
