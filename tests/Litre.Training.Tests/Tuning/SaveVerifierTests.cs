using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>A save is loaded back; what was altered on the way is found, and the model is left as it was.</summary>
public sealed class SaveVerifierTests : IDisposable
{
    private readonly SmallRun _small = new();
    private readonly string _saved;

    public SaveVerifierTests() => _saved = Path.Combine(_small.Folder, "saved");

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void CheckAdapter_SoundSave_PassesAndChangesNothing(string dtype)
    {
        using var model = Adapted(dtype == "float32" ? DType.Float32 : DType.BFloat16);
        AdapterFiles.Save(model, model.Adapters[0], _saved);
        var before = model.Adapters.SelectMany(a => a.Parameters).Select(p => p.Value.ToDoubles()).ToList();
        SaveVerifier.CheckAdapter(_saved, model);
        Assert.Equal(before, model.Adapters.SelectMany(a => a.Parameters).Select(p => p.Value.ToDoubles()));
        model.Adapters.Clear();
    }

    [Fact]
    public void CheckAdapter_OtherFactors_IsFoundAndTheModelStaysAsItWas()
    {
        using var model = Adapted(DType.Float32);
        AdapterFiles.Save(
            model,
            model.Adapters[0],
            _saved,
            p => p.Key.Contains("layers.2.self_attn.v_proj.lora_B", StringComparison.Ordinal) ? Ops.Mul(p.Value, 1.001) : p.Value
        );
        var before = model.Adapters[0].Updates[0].Lora.B.Value.ToDoubles();
        var failure = Assert.Throws<TorchException>(() => SaveVerifier.CheckAdapter(_saved, model));
        Assert.Contains("logits that differ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Adapters[0].Updates[0].Lora.B.Value.ToDoubles());
        model.Adapters.Clear();
    }

    [Fact]
    public void CheckAdapter_OtherStrengthInItsConfiguration_IsFound()
    {
        using var model = Adapted(DType.Float32);
        AdapterFiles.Save(model, model.Adapters[0], _saved);
        (AdapterConfig.Load(_saved) with { Alpha = 31 }).Save(_saved);
        Assert.Contains(
            "a different update",
            Assert.Throws<TorchException>(() => SaveVerifier.CheckAdapter(_saved, model)).Message,
            StringComparison.Ordinal
        );
        model.Adapters.Clear();
    }

    [Fact]
    public void CheckWeights_SoundSave_PassesAndAnAlteredTensorIsFound()
    {
        using var model = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu);
        ModelFiles.Save(model, _saved, _small.Model);
        SaveVerifier.CheckWeights(_saved, model);
        var altered = Path.Combine(_small.Folder, "altered");
        ModelFiles.Save(
            model,
            altered,
            _small.Model,
            p => p.Key.EndsWith("layers.1.self_attn.k_norm.weight", StringComparison.Ordinal) ? Ops.Mul(p.Value, 1.0001) : p.Value
        );
        Assert.Contains(
            "layers.1.self_attn.k_norm.weight",
            Assert.Throws<TorchException>(() => SaveVerifier.CheckWeights(altered, model)).Message,
            StringComparison.Ordinal
        );
    }

    private Model.CausalModel Adapted(DType dtype)
    {
        var model = ModelFiles.Load(_small.Model, dtype, Device.Cpu);
        var adapter = LoraAttachment.Attach(model, LoraTargets.Configure(model, new TrainableSettings(), ""));
        LoraAttachment.Initialize(adapter, seed: 3);
        foreach (var (_, lora) in adapter.Updates)
            Ops.NormalInPlace(lora.B.Value, 0, 0.1);
        return model;
    }
}
