using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class AdapterKeysTests : IDisposable
{
    private const string Text = "base_model.model.model.language_model.layers.3.self_attn.q_proj.lora_A.weight";
    private const string Visual = "base_model.model.model.visual.blocks.1.attn.qkv.lora_B.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base_model.model.model.language_model.layers.3.self_attn.q_proj.lora_A.default.weight", Text)]
    [InlineData("base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData("base_model.model.language_model.model.layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData("base_model.model.model.language_model.model.layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData("base_model.model.language_model.layers.3.self_attn.q_proj.lora_A.company.weight", Text)]
    [InlineData("model.layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData("layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData(
        "module.base_model.model.model.language_model.layers.3._checkpoint_wrapped_module.self_attn.q_proj.lora_A.default.weight",
        Text
    )]
    [InlineData("base_model.model._orig_mod.model.language_model.layers.3.self_attn.q_proj.lora_A.weight", Text)]
    [InlineData("base_model.model.visual.blocks.1.attn.qkv.lora_B.weight", Visual)]
    [InlineData("visual.blocks.1.attn.qkv.lora_B.default.weight", Visual)]
    public void Core_KeysOfOtherTools_IsThatOfPeftsOwn(string key, string expected)
    {
        Assert.Equal(AdapterKeys.Core(expected), AdapterKeys.Core(key));
    }

    [Theory]
    [InlineData("moe")]
    [InlineData("dense")]
    public void Load_FileOfOtherPrefixes_GivesTheSameAdapter(string family)
    {
        var (model, source) = (Repository.Reference(family, "model"), Repository.Reference(family, "adapter_trained"));
        using var expected = ModelFiles.Load(model, DType.Float32, Device.Cpu);
        AdapterFiles.Load(expected, source);
        foreach (
            var rename in (Func<string, string>[])
                [
                    key => key.Replace("base_model.model.model.language_model.", "model.", StringComparison.Ordinal),
                    key => key.Replace(".weight", ".default.weight", StringComparison.Ordinal),
                    key => key.Replace("base_model.model.model.", "", StringComparison.Ordinal),
                    key =>
                        key.Replace("model.language_model.", "language_model.model.", StringComparison.Ordinal)
                            .Replace("model.visual.", "visual.", StringComparison.Ordinal),
                ]
        )
        {
            var adapter = Renamed(source, rename);
            using var found = ModelFiles.Load(model, DType.Float32, Device.Cpu);
            AdapterFiles.Load(found, adapter);
            foreach (var (a, b) in expected.Adapters.SelectMany(x => x.Parameters).Zip(found.Adapters.SelectMany(x => x.Parameters)))
                Assert.Equal(a.Value.ToDoubles(), b.Value.ToDoubles());
            using var updates = AdapterUpdates.Open(found.Config, adapter);
            Assert.False(updates.HasPeftKeys);
            updates.CopyWeights(_folder.File("copy"));
            using var copy = SafetensorsFile.Open(_folder.File("copy/" + AdapterFiles.WeightsName));
            using var original = SafetensorsFile.Open(Path.Combine(source, AdapterFiles.WeightsName));
            Assert.Equal(original.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
            Assert.All(
                original.Tensors.Keys,
                key => Assert.Equal(TensorFiles.ReadDoubles(original, key), TensorFiles.ReadDoubles(copy, key))
            );
            found.Adapters.Clear();
        }
        expected.Adapters.Clear();
    }

    [Theory]
    [InlineData("q_proj", true)]
    [InlineData("model.layers.0.self_attn.q_proj", true)] // a text model's name, in full
    [InlineData("language_model.model.layers.0.self_attn.q_proj", true)]
    [InlineData("layers.1.self_attn.q_proj", false)]
    public void TargetsModule_NamesOfOtherReleases_AreUnderstoodInFiles(string target, bool expected)
    {
        var path = _folder.Write(
            AdapterConfig.FileName,
            $$"""{"peft_type": "LORA", "r": 4, "target_modules": ["{{target}}"],"""
                + """ "rank_pattern": {"^model.layers.0.self_attn.q_proj": 2} }"""
        );
        var config = AdapterConfig.Load(path).For(ModelFamilies.Find("qwen3_vl")!);
        const string Module = "model.language_model.layers.0.self_attn.q_proj";
        Assert.Equal(expected, config.TargetsModule(Module));
        Assert.Equal(2, config.RankOf(Module));
        Assert.Equal(4, config.RankOf("model.language_model.layers.1.self_attn.q_proj"));
    }

    [Theory]
    [InlineData("base_model.model.model.audio.layers.0.lora_A.weight")]
    [InlineData("base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_magnitude_vector")]
    [InlineData("base_model.model.lm_head.weight")]
    public void Load_TensorThatFitsNothing_IsRefusedByName(string extra)
    {
        var source = Repository.Reference("dense", "adapter_trained");
        var adapter = Renamed(source, key => key, extra);
        using var model = ModelFiles.Load(Repository.Reference("dense", "model"), DType.Float32, Device.Cpu);
        var e = Assert.Throws<InputException>(() => AdapterFiles.Load(model, adapter));
        Assert.Contains($"1 key unexpected: {extra}", e.Message);
        Assert.Empty(model.Adapters);
    }

    [Theory]
    [InlineData("Qwen/Qwen3-0.6B", "the adapter was trained on a Qwen3 model, but this is a Qwen3-VL model")]
    [InlineData(null, "the adapter does not fit this model: ")]
    public void Load_AdapterOfAnotherModel_IsRefusedInOneSentence(string? name, string expected)
    {
        var adapter = Renamed(
            Repository.Reference("dense", "adapter_trained"),
            key => key.Replace("layers.", "layers.7", StringComparison.Ordinal),
            baseModel: name
        );
        using var model = ModelFiles.Load(Repository.Reference("dense", "model"), DType.Float32, Device.Cpu);
        var e = Assert.Throws<InputException>(() => AdapterFiles.Load(model, adapter, new AdapterLoadOptions { AllowOtherBase = true }));
        Assert.Contains(expected, e.Message);
        Assert.True(e.Message.Length < 1000);
    }

    [Fact]
    public void Load_TheSameModuleTwice_IsRefused()
    {
        var source = Repository.Reference("dense", "adapter_trained");
        string first;
        using (var file = SafetensorsFile.Open(Path.Combine(source, AdapterFiles.WeightsName)))
            first = file.Tensors.Keys.Order(StringComparer.Ordinal).First();
        var adapter = Renamed(source, key => key, first.Replace(".weight", ".other.weight", StringComparison.Ordinal));
        using var model = ModelFiles.Load(Repository.Reference("dense", "model"), DType.Float32, Device.Cpu);
        Assert.Contains("belong to the same module", Assert.Throws<InputException>(() => AdapterFiles.Load(model, adapter)).Message);
    }

    private string Renamed(string source, Func<string, string> rename, string? extra = null, string? baseModel = null)
    {
        var folder = _folder.File(Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, AdapterConfig.FileName)))!;
        if (baseModel is not null)
            config["base_model_name_or_path"] = baseModel;
        File.WriteAllText(Path.Combine(folder, AdapterConfig.FileName), config.ToJsonString());
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(Path.Combine(source, AdapterFiles.WeightsName));
        var sources = file.Tensors.Keys.Select(key => TensorFiles.Source(rename(key), TensorFiles.Read(file, key))).ToList();
        if (extra is not null)
            sources.Add(TensorFiles.Source(extra, Tensor.Zeros([1], DType.Float32, Device.Cpu)));
        SafetensorsWriter.Write(Path.Combine(folder, AdapterFiles.WeightsName), sources);
        return folder;
    }
}
