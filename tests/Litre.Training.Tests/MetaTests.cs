using System.Diagnostics;
using System.Globalization;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Optimization;
using Shared;

namespace Litre.Training.Tests;

public sealed class MetaTests(ITestOutputHelper output)
{
    private const double GiB = 1L << 30;

    [Theory]
    [MemberData(nameof(LeakTests.Variants), MemberType = typeof(LeakTests))]
    public void Step_MetaAndCpu_HaveTheSamePeak(int experts, TinyTraining.Trained trained, bool recompute)
    {
        foreach (var dtype in new[] { DType.Float64, DType.Float32, DType.BFloat16 })
        {
            var cpu = Peaks(TinyModels.Weights(3, dtype), DeviceType.Cpu);
            var meta = Peaks(new MetaSource(dtype, DeviceType.Cpu), DeviceType.Meta);
            Assert.True(cpu == meta, $"{dtype.Name()}: standing and peak bytes on the CPU {cpu}, on the meta device {meta}");
        }

        (long Standing, long Peak) Peaks(WeightSource source, DeviceType device)
        {
            var start = MemoryLedger.LiveBytes(device);
            using var training = new TinyTraining(source, experts, trained);
            var standing = MemoryLedger.LiveBytes(device);
            MemoryLedger.ResetPeak(device);
            training.Step(recompute ? Recompute.All : Recompute.None);
            return (standing - start, MemoryLedger.PeakBytes(device) - start);
        }
    }

    [Theory]
    [InlineData(DeviceType.Cpu)]
    [InlineData(DeviceType.Cuda)]
    public void Step_Qwen3Vl30BA3BWithAttentionAdapters_IsPlannedInSeconds(DeviceType kernels)
    {
        var config = TinyModels.Qwen3Vl30BA3B();
        var resident = Process.GetCurrentProcess().WorkingSet64;
        var watch = Stopwatch.StartNew();
        var source = new MetaSource(DType.BFloat16, kernels);
        using var model = new CausalModel(config, source);
        TinyModels.Train(TinyModels.Adapt(model, source, new LoraSettings(16, 32), m => m.Contains(".self_attn.")).Parameters);
        var weights = model.Parameters.Sum(p => p.Value.Bytes);
        // 768 visual tokens are 32 x 24 merged groups of 2 x 2 patches.
        var random = new Random(1);
        var samples = Enumerable.Range(0, 8).Select(_ => TinyModels.Sample(random, config, 100, 20, new VisionGrid(1, 64, 48))).ToArray();
        using var batch = PackedBatch.Pack(samples, config, DType.BFloat16, source.Device);
        foreach (var sample in samples)
            sample.Pixels!.Dispose();
        using var gradients = new GradientBuffer(model.AllParameters);
        using var optimizer = new AdamW(gradients, new AdamWSettings());
        foreach (var recompute in new[] { Recompute.All, Recompute.None })
        {
            MemoryLedger.ResetPeak(DeviceType.Meta);
            model.TrainingPass(batch, 1.0 / batch.AnswerTokens, recompute).Dispose();
            optimizer.Step(1e-4);
            var peak = MemoryLedger.PeakBytes(DeviceType.Meta);
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{source.Device}, {batch.Text.Ids.Size(0)} tokens, {(recompute == Recompute.All ? "all" : "no")} "
                        + $"layers recomputed: weights {weights / GiB:F2} GiB, peak {peak} bytes = {peak / GiB:F2} GiB"
                )
            );
            Assert.True(peak > weights);
        }
        Assert.InRange(weights / 2, 30.5e9, 31.5e9); // parameters of two bytes
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"planning took {watch.Elapsed.TotalSeconds:F1} s");
        var growth = Process.GetCurrentProcess().WorkingSet64 - resident;
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:F2} s, resident memory grew by {growth / GiB:F2} GiB")
        );
        Assert.True(growth < 2 * GiB, $"the process grew by {growth} bytes");
    }

    [Theory]
    [InlineData(DeviceType.Cpu)]
    [InlineData(DeviceType.Cuda)]
    public void Step_TwiceTheLayersRecomputed_KeepsOneInputOfEachFurtherLayer(DeviceType kernels)
    {
        var (few, tokens) = Peak(6);
        var (many, _) = Peak(12);
        const int HiddenSize = 2048;
        Assert.Equal(6 * tokens * HiddenSize * 2, many - few);

        // The peak above what stands before the step.
        (long Bytes, long Tokens) Peak(int layers)
        {
            var config = TinyModels.Qwen3Vl30BA3B();
            config = config with { Text = config.Text with { Layers = layers } };
            var source = new MetaSource(DType.BFloat16, kernels);
            using var model = new CausalModel(config, source);
            TinyModels.Train(TinyModels.Adapt(model, source, new LoraSettings(16, 32), m => m.Contains(".self_attn.")).Parameters);
            var samples = new[] { TinyModels.Sample(new Random(1), config, 3000, 20, new VisionGrid(1, 64, 48)) };
            using var batch = PackedBatch.Pack(samples, config, DType.BFloat16, source.Device);
            samples[0].Pixels!.Dispose();
            using var gradients = new GradientBuffer(model.AllParameters);
            var standing = MemoryLedger.LiveBytes(DeviceType.Meta);
            MemoryLedger.ResetPeak(DeviceType.Meta);
            model.TrainingPass(batch, 1.0 / batch.AnswerTokens, Recompute.All).Dispose();
            return (MemoryLedger.PeakBytes(DeviceType.Meta) - standing, batch.Text.Ids.Size(0));
        }
    }
}
