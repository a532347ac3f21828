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
    [InlineData(DType.BFloat16, DType.BFloat16, 3e-2)]
    [InlineData(DType.BFloat16, DType.Float32, 3e-2)]
    [InlineData(DType.Float32, DType.BFloat16, 3e-2)]
    [InlineData(DType.Float32, DType.Float32, 1e-4)]
    public void ToMerged_UpdateLargerThanRounding_IsWrittenWhateverTypeComparesIt(DType stored, DType compared, double bound)
    {
        Store(stored, 0.1, Adapter);
        var result = Export(compared).ToMerged(TestContext.Current.CancellationToken);
        Assert.Equal(bound, result.Bound);
        Assert.True(result.Passed);
        Assert.True(Directory.Exists(Output));
        // Only where weights and comparison are float32 is nothing rounded to 16 bits.
        Assert.Equal(bound < 1e-3, result.Difference < 1e-4);
    }

    [Fact]
    public void ToMerged_UpdateSmallerThanTheWeightsSteps_IsRefusedAsLostAndNotWritten()
    {
        Store(DType.BFloat16, 1e-6, Adapter);
        var result = Export(DType.Float32).ToMerged(TestContext.Current.CancellationToken);
        Assert.True(result.AdapterEffect > 0);
        Assert.True(result.IsLost);
        Assert.False(result.Passed);
        Assert.False(Directory.Exists(Output));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1e-6)]
    public void ToPeft_SixteenBitWeights_LosesNothing(double strength)
    {
        Store(DType.BFloat16, strength, Adapter);
        var result = Export(DType.Float32).ToPeft("base", TestContext.Current.CancellationToken);
        Assert.Equal(0, result.Difference); // the adapter itself is stored in float32
        Assert.True(result.AdapterEffect > 0);
        Assert.True(result.Passed);
        Assert.True(Directory.Exists(Output));
    }

    private string Adapter => Path.Combine(_small.Folder, "adapter");

    private string Output => Path.Combine(_small.Folder, "exported");

    private Exporter Export(DType compared) => new(_small.Model, Adapter, Output, compared, Device.Cpu);

    // The checkpoint's weights in this type from here on, and a random adapter for it.
    private void Store(DType stored, double strength, string adapter)
    {
        using var scope = new TensorScope();
        using (var whole = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu))
            SafetensorsWriter.Write(
                Path.Combine(_small.Model, Checkpoint.SingleName),
                whole.Parameters.Select(p => TensorFiles.Source(p.Key, p.Value.To(stored)))
            );
        using var model = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu);
        var attached = LoraAttachment.Attach(model, LoraTargets.Configure(model, new TrainableSettings(), ""));
        LoraAttachment.Initialize(attached, seed: 3);
        foreach (var (_, lora) in attached.Updates)
            Ops.NormalInPlace(lora.B.Value, 0, strength);
        AdapterFiles.Save(model, attached, adapter);
        model.Adapters.Clear();
    }
}
