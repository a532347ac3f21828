using Litre.Export;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Torch;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Export;

/// <summary>An update that rounding to 16 bits takes away is told, not exported.</summary>
public sealed class ExporterTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData(0.1, true)]
    [InlineData(1e-6, false)]
    public void ToMerged_SixteenBitWeights_PassesOnlyWhereTheUpdateIsKept(double strength, bool kept)
    {
        var (adapter, output) = (Path.Combine(_small.Folder, "adapter"), Path.Combine(_small.Folder, "merged"));
        Store(strength, adapter);
        var result = new Exporter(_small.Model, adapter, output, DType.Float32, Device.Cpu).ToMerged(TestContext.Current.CancellationToken);
        Assert.True(result.AdapterEffect > 0);
        Assert.Equal(kept, !result.IsLost);
        Assert.Equal(kept && result.Difference <= result.Bound, Directory.Exists(output));
        // The adapter itself is stored in float32: nothing of it is lost.
        var peft = new Exporter(_small.Model, adapter, Path.Combine(_small.Folder, "peft"), DType.Float32, Device.Cpu).ToPeft(
            "base",
            TestContext.Current.CancellationToken
        );
        Assert.True(peft.Passed);
    }

    // The checkpoint's weights in bf16 from here on, and a random adapter for it.
    private void Store(double strength, string adapter)
    {
        using var scope = new TensorScope();
        using (var whole = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu))
            SafetensorsWriter.Write(
                Path.Combine(_small.Model, Checkpoint.SingleName),
                whole.Parameters.Select(p => TensorFiles.Source(p.Key, p.Value.To(DType.BFloat16)))
            );
        using var model = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu);
        LoraAttachment.Attach(model, LoraTargets.Configure(model, new TrainableSettings(), ""));
        LoraAttachment.Initialise(model, seed: 3);
        foreach (var pair in model.Adapters)
            Ops.NormalInPlace(pair.B.Value, 0, strength);
        AdapterFiles.Save(model, adapter);
        AdapterFiles.Detach(model);
    }
}
