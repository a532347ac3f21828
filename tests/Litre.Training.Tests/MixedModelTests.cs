using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests;

/// <summary>A model that mixes recurrent layers with attention goes through the same steps, and is planned to the byte.</summary>
public sealed class MixedModelTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    public void Step_OverAndOver_LowersTheLoss(bool full, int first)
    {
        using var model = TinyModels.Mixed(TinyModels.Config(), TinyModels.Weights(3, DType.Float32), first);
        var settings = Prepare(model, full);
        using var training = new TrainingStep(settings, model);
        Assert.Contains(training.Gradients.Parameters, p => p.Key.Contains("recurrence", StringComparison.Ordinal));
        var samples = Samples(model);
        var losses = new double[40];
        for (var step = 0; step < losses.Length; step++)
            losses[step] = training.Run(step + 1, [samples], step % 2 == 0 ? Recompute.None : Recompute.All, 1e-2).Loss;
        Assert.InRange(losses[^1], 0, losses[0] / 2);
        Free(samples);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Step_MetaAndCpu_HaveTheSamePeak(bool full, bool recompute)
    {
        foreach (var dtype in new[] { DType.Float32, DType.BFloat16 })
        foreach (var first in new[] { 0, 1 })
        {
            var cpu = Peak(TinyModels.Weights(3, dtype), DeviceType.Cpu, first);
            var meta = Peak(new MetaSource(dtype, DeviceType.Cpu), DeviceType.Meta, first);
            Assert.True(cpu == meta, $"{dtype.Name()}, {first}: peak bytes on the CPU {cpu}, on the meta device {meta}");
        }

        long Peak(WeightSource source, DeviceType device, int first)
        {
            var start = MemoryLedger.LiveBytes(device);
            using var model = TinyModels.Mixed(TinyModels.Config(5), source, first);
            using var training = new TrainingStep(Prepare(model, full), model);
            var samples = Samples(model);
            var pixels = device == DeviceType.Cpu ? samples.Select(s => s.Pixels).Distinct().Sum(p => p?.Bytes ?? 0) : 0;
            MemoryLedger.ResetPeak(device);
            training.Run(1, [samples], recompute ? Recompute.All : Recompute.None, 1e-2);
            var peak = MemoryLedger.PeakBytes(device) - start - pixels;
            Free(samples);
            return peak;
        }
    }

    [Fact]
    public void Answer_MetaAndCpu_HaveTheSamePeak()
    {
        const int NewTokens = 5;
        foreach (var first in new[] { 0, 1 })
        {
            var cpu = Peak(
                TinyModels.Weights(3, DType.Float32),
                DeviceType.Cpu,
                first,
                (generator, prompts) =>
                    generator.Generate(
                        prompts,
                        new GenerationSettings { MaxNewTokens = NewTokens },
                        cancel: TestContext.Current.CancellationToken
                    )
            );
            var meta = Peak(
                new MetaSource(DType.Float32, DeviceType.Cpu),
                DeviceType.Meta,
                first,
                (generator, prompts) => generator.DryRun(prompts, NewTokens)
            );
            Assert.Equal(cpu, meta);
        }

        static long Peak(WeightSource source, DeviceType device, int first, Action<Generator, ModelSample[]> answer)
        {
            var start = MemoryLedger.LiveBytes(device);
            using var model = TinyModels.Mixed(TinyModels.Config(), source, first);
            ModelSample[] prompts = [.. Samples(model).Select(s => s with { Labels = null })];
            var pixels = device == DeviceType.Cpu ? prompts.Select(s => s.Pixels).Distinct().Sum(p => p?.Bytes ?? 0) : 0;
            MemoryLedger.ResetPeak(device);
            answer(new Generator(model), prompts);
            var peak = MemoryLedger.PeakBytes(device) - start - pixels;
            Free(prompts);
            return peak;
        }
    }

    private static TuneSettings Prepare(CausalModel model, bool full)
    {
        var settings = new TuneSettings
        {
            Trainable = new()
            {
                Full = full,
                LoraRank = 4,
                LoraDropout = full ? 0 : 0.1,
                Targets = ["attention", "mlp", "recurrence.gate", "recurrence.value", "recurrence.out"],
            },
            Engine = new() { DType = model.DType },
        };
        TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
        return settings;
    }

    // A text, and three questions about one image.
    private static ModelSample[] Samples(CausalModel model)
    {
        var random = new Random(4);
        return
        [
            TinyModels.Sample(random, model.Config, 3, 4),
            .. TinyModels.Questions(random, model.Config, "a", 3, new VisionGrid(1, 4, 4)),
        ];
    }

    private static void Free(ModelSample[] samples)
    {
        foreach (var sample in samples)
            sample.Pixels?.Dispose();
    }
}
