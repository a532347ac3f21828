using System.Text.Json;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Lora;
using Litre.Model.Tests.Identity;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class BaseModelMatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Qwen/Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct", true)]
    [InlineData("unsloth/Qwen3-VL-4B-Instruct-unsloth-bnb-4bit", "Qwen3-VL-4B-Instruct", true)]
    [InlineData("Qwen/Qwen3-VL-4B-Thinking", "Qwen3-VL-4B-Instruct", false)]
    [InlineData("/models/Qwen3-VL-8B-Instruct", "Qwen3-VL-4B-Instruct", false)]
    [InlineData("Qwen/Qwen3-VL-8B-Instruct", null, false)] // of other sizes, whatever this model is called
    [InlineData("Qwen/Qwen3-VL-4B-Instruct", null, null)]
    [InlineData("Qwen/Qwen2.5-VL-3B-Instruct", null, false)]
    [InlineData("me/drawings", null, true)]
    [InlineData("me/photos", null, null)]
    [InlineData("me/photos", "Qwen3-VL-4B-Instruct", false)]
    [InlineData("/old/place/model", "Qwen3-VL-4B-Instruct", null)]
    public void Compare_NamesOfBases_AreTheSameAnotherOrUnknown(string named, string? published, bool? expected) =>
        Assert.Equal(expected, BaseModelMatch.Compare(named, new ModelName(published ?? "drawings", published), ModelNameTests.Config4B()));

    [Fact]
    public void Load_AdapterOfOurOwn_IsBoundToItsBase()
    {
        var (first, second) = (Model("first", 1), Model("second", 2));
        var adapter = _folder.File("adapter");
        using (var model = ModelFiles.Load(first, DType.Float32, Device.Cpu))
        {
            var made = LoraAttachment.Attach(model, Config(null));
            LoraAttachment.Initialize(made, 1);
            AdapterFiles.Save(model, made, adapter);
        }
        Assert.Equal("first", AdapterMetadata.Read(adapter)!.Base!.Name);
        // The same weights in another type and place are the same base.
        Load(first, adapter, DType.BFloat16);
        Assert.Empty(_said);
        var e = Assert.Throws<InputException>(() => Load(second, adapter));
        Assert.Matches(
            $"^{adapter}: was trained on first, not on second \\(fingerprint of its base: [0-9a-f]{{12}}, of this model: "
                + "[0-9a-f]{12}\\); use it with its own base, or add `other-base` to use it anyway$",
            e.Message
        );
        Load(second, adapter, other: true);
        Assert.EndsWith("it is used anyway because `other-base` is set", Assert.Single(_said));
    }

    [Fact]
    public void Load_AdapterWithoutFacts_IsJudgedByTheNameItGives()
    {
        var (model, adapter) = (Model("first", 1), _folder.File("adapter"));
        Save(null);
        Load(model, adapter);
        Assert.Equal([$"{adapter}: does not name its base model, so whether it was trained on first cannot be checked"], _said);
        _said.Clear();
        Save("/somewhere/model");
        Load(model, adapter);
        Assert.Equal(
            [$"{adapter}: has no fingerprint of its base model, /somewhere/model, so whether that is first " + "cannot be checked"],
            _said
        );
        Save("Qwen/Qwen3-VL-8B-Instruct");
        Assert.Equal(
            $"{adapter}: was trained on Qwen/Qwen3-VL-8B-Instruct, not on first; use it with its own base, or add "
                + "`other-base` to use it anyway",
            Assert.Throws<InputException>(() => Load(model, adapter)).Message
        );
        Assert.Throws<InputException>(() => BaseModelMatch.CheckName(model, ModelConfigs.Load(model), adapter, new AdapterLoadOptions()));
        Load(model, adapter, other: true);

        void Save(string? name)
        {
            using var made = ModelFiles.Load(model, DType.Float32, Device.Cpu);
            var attached = LoraAttachment.Attach(made, Config(name));
            LoraAttachment.Initialize(attached, 1);
            AdapterFiles.Save(made, attached, adapter);
            File.Delete(Path.Combine(adapter, AdapterMetadata.FileName));
        }
    }

    [Fact]
    public void Load_AdapterOfTheOtherPrecision_IsAcceptedWithOneLine()
    {
        var (wide, other) = (Model("wide", 1), Model("other", 2));
        var (narrow, half) = (Converted(wide, "narrow", DType.BFloat16), Converted(wide, "half", DType.Float16));
        foreach (
            var (trained, used, how) in (ReadOnlySpan<(string, string, string)>)
                [(wide, narrow, "rounded to"), (narrow, wide, "before they were rounded to")]
        )
        {
            var adapter = Adapter(trained);
            Load(used, adapter);
            Assert.Matches(
                $"^{adapter}: was trained on [a-z]+ at another precision \\(fingerprint [0-9a-f]{{12}}\\); this model has the same "
                    + $"weights {how} bfloat16$",
                Assert.Single(_said)
            );
            _said.Clear();
            Assert.Throws<InputException>(() => Load(other, adapter));
            Assert.Throws<InputException>(() => Load(half, adapter)); // what was lost in float16 is not known
        }
        // Other float32 weights that round to the same numbers are another base.
        Assert.Throws<InputException>(() => Load(Nudged(wide), Adapter(wide)));
    }

    private string Adapter(string model)
    {
        using var loaded = ModelFiles.Load(model, DType.Float32, Device.Cpu);
        var made = LoraAttachment.Attach(loaded, Config(null));
        LoraAttachment.Initialize(made, 1);
        AdapterFiles.Save(loaded, made, _folder.File("of-" + Path.GetFileName(model)));
        return _folder.File("of-" + Path.GetFileName(model));
    }

    private string Converted(string model, string name, DType dtype)
    {
        var folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(model, ModelConfig.FileName), Path.Combine(folder, ModelConfig.FileName));
        using var scope = new TensorScope();
        using var checkpoint = Checkpoint.Open(model);
        using var file = SafetensorsFile.Open(Path.Combine(model, Checkpoint.SingleName));
        SafetensorsWriter.Write(
            Path.Combine(folder, Checkpoint.SingleName),
            checkpoint.Tensors.Keys.Select(key => TensorFiles.Source(key, TensorFiles.Read(file, key).To(dtype)))
        );
        return folder;
    }

    // Changes the last bit of one number.
    private string Nudged(string model)
    {
        var folder = Converted(model, "nudged", DType.Float32);
        TensorEntry entry;
        using (var checkpoint = Checkpoint.Open(folder))
            entry = checkpoint.Tensors[ModelConfigs.Load(folder).Keys.Text.FinalNorm];
        using var file = File.Open(entry.File, FileMode.Open);
        file.Position = entry.Offset;
        var value = file.ReadByte();
        file.Position = entry.Offset;
        file.WriteByte((byte)(value ^ 1));
        return folder;
    }

    [Fact]
    public void Facts_OfAnotherBuild_AreKept()
    {
        var path = _folder.File(AdapterMetadata.FileName);
        File.WriteAllText(path, """{ "base": { "name": "b", "fingerprint": { "weights": "xxh128:1" } }, "later": { "x": [1, 2] } }""");
        var facts = AdapterMetadata.Read(Path.GetDirectoryName(path)!)!;
        Assert.Equal(("b", "xxh128:1"), (facts.Base!.Name, facts.Base.Fingerprint.Weights));
        (facts with { Base = facts.Base with { Name = "c" } }).Save(Path.GetDirectoryName(path)!);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal("c", json.RootElement.GetProperty("base").GetProperty("name").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("later").GetProperty("x")[1].GetInt32());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{ "base": { "name": "b" } }""")]
    [InlineData("""{ "base": 3 }""")]
    public void Facts_Damaged_AreRefusedInOneLine(string text)
    {
        var path = _folder.File(AdapterMetadata.FileName);
        File.WriteAllText(path, text);
        Assert.Matches(
            $"^{path}: [^\n]+$",
            Assert.Throws<InputException>(() => AdapterMetadata.Read(Path.GetDirectoryName(path)!)).Message
        );
    }

    private void Load(string folder, string adapter, DType dtype = DType.Float32, bool other = false)
    {
        using var model = ModelFiles.Load(folder, dtype, Device.Cpu);
        AdapterFiles.Load(model, adapter, new AdapterLoadOptions { AllowOtherBase = other, Log = _said.Add });
        model.Adapters.Clear();
    }

    private string Model(string name, ulong seed)
    {
        var folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), TinyModels.Config().ToJson());
        RandomCheckpoint.Write(folder, TinyModels.Config(), DType.Float32, seed, shardBytes: long.MaxValue);
        return folder;
    }

    private static AdapterConfig Config(string? name) =>
        new()
        {
            Rank = 2,
            Alpha = 4,
            TargetModules = ModuleSelection.Of(["q_proj"]),
            BaseModel = name,
        };
}
