using System.Diagnostics;
using Litre.Model;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Planning;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Training.Benchmarks;

/// <summary>
/// Training steps of a model made from its configuration alone, with random weights: real sizes without a download. Their
/// memory is planned first, and what does not fit is refused. On a meta device only bytes and calls are counted.
/// </summary>
public static class StepBenchmark
{
    private const double LearningRate = 1e-4;

    /// <param name="config">The model's sizes.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">CPU, CUDA or meta.</param>
    /// <param name="workload">What a step holds.</param>
    /// <param name="recompute">What the backward runs again.</param>
    /// <exception cref="InputException">The steps do not fit into the device's memory.</exception>
    public static StepResult Run(ModelConfig config, DType dtype, Device device, StepWorkload workload, RecomputeSetting recompute)
    {
        var settings = new TuneSettings
        {
            Full = workload.Full,
            Targets = workload.TrainExperts ? ["attention", "experts"] : ["attention"],
            LoraRank = workload.LoraRank,
            LoraAlpha = 2 * workload.LoraRank,
            Seed = 1,
            DType = dtype,
            Recompute = recompute,
        };
        var planned = Planned(config, device, workload, settings);
        var used = new UsedMemory(device);
        var clock = Stopwatch.StartNew();
        MemoryLedger.ResetPeak(device.Type);
        WeightSource source = device.IsMeta
            ? new MetaSource(dtype, device.Kernels)
            : new RandomSource(dtype, device, seed: 1, onDevice: true);
        using var model = new VisionLanguageModel(config, source);
        TrainablePart.Prepare(model, settings);
        using var training = new TrainingStep(settings, model);
        Synchronise(device);
        var loadSeconds = clock.Elapsed.TotalSeconds;

        List<double> times = [], losses = [];
        var calls = 0L;
        var samples = Samples(config, workload, device.Host);
        for (var step = 0; step < workload.WarmupSteps + workload.Steps; step++)
        {
            calls = Ops.Calls;
            clock.Restart();
            var (loss, _) = training.Take(step + 1, [samples], recompute.Recompute, LearningRate);
            calls = Ops.Calls - calls;
            if (device.IsMeta) continue;
            losses.Add(loss);
            if (step >= workload.WarmupSteps) times.Add(clock.Elapsed.TotalMilliseconds);
        }
        foreach (var sample in samples) sample.Pixels?.Dispose();
        return new StepResult(
            workload.Samples * workload.TokensPerSample, times.Count == 0 ? 0 : times.Order().ElementAt(times.Count / 2),
            model.WeightBytes, MemoryLedger.PeakBytes(device.Type), calls, loadSeconds, losses)
        {
            PlannedPeakBytes = planned.TensorBytes,
            PlannedBytes = planned.TotalBytes(device.Kernels),
            MeasuredBytes = device.IsMeta ? null : used.Bytes(),
        };
    }

    private static PhaseMemory Planned(ModelConfig config, Device device, StepWorkload workload, TuneSettings settings)
    {
        using var rehearsal = new Rehearsal(config, CheckpointShape.Expected(config), settings, device.Kernels, shared: !device.UsesCuda);
        var samples = Samples(config, workload, null);
        var step = rehearsal.Step(settings, [samples]);
        if (device.IsMeta) return step;
        var machine = LocalMachine.Describe(device, settings.DType);
        return step.TotalBytes(device.Kernels) <= machine.BudgetBytes
            ? step
            : throw new InputException(FormattableString.Invariant($"the step would take {step.TotalBytes(device.Kernels) / (double)(1L << 30):F1} GiB, {machine.BudgetBytes / (double)(1L << 30):F1} GiB can be taken here; fewer --samples or --recompute all take less"));
    }

    private static ModelSample[] Samples(ModelConfig config, StepWorkload workload, Device? host)
    {
        var random = new Random(1);
        VisionGrid[] grids = workload.VisualTokens == 0 ? [] : [DescribedSample.Grid(config, workload.VisualTokens)];
        return [.. Enumerable.Range(0, workload.Samples).Select(_ =>
        {
            var sample = DescribedSample.Make(config, grids, workload.TextTokens, workload.AnswerTokens, random);
            if (grids.Length == 0 || host is not { } device) return sample;
            var pixels = Tensor.Empty([grids[0].Patches, config.Vision.PatchValues], DType.UInt8, device);
            if (!device.IsMeta) random.NextBytes(pixels.Data<byte>());
            return sample with { Pixels = pixels };
        })];
    }

    private static void Synchronise(Device device)
    {
        if (device.Type != DeviceType.Cuda) return;
        using var one = Tensor.Scalar(1, DType.Float32, device);
        _ = one.Item();
    }
}
