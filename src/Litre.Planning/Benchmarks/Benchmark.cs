using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>
/// Benchmarks training steps and answers of a model with random weights that is created from its configuration only: real sizes without
/// a download. Their memory is planned first, and a benchmark that does not fit is refused; then the device's peak rates are measured,
/// then the model. On a meta device, only bytes and calls are counted.
/// </summary>
public static class Benchmark
{
    private const double AllFeaturesGiB = 1 << 20;

    /// <param name="config">The model's sizes.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">CPU, CUDA or meta.</param>
    /// <param name="workload">What to run.</param>
    /// <param name="recompute">The layers that the backward pass recomputes.</param>
    /// <param name="source">The steps. Borrowed.</param>
    /// <exception cref="InputException">
    /// It does not fit into the device's memory, or requires something that the model does not have.
    /// </exception>
    public static BenchmarkResult Run(
        ModelConfig config,
        DType dtype,
        Device device,
        StepWorkload workload,
        RecomputeSetting recompute,
        IBenchmarkSteps source
    )
    {
        var settings = workload
            .Settings(dtype, recompute)
            .Change(s => s with { Features = s.Features with { CacheGiB = workload.CachesFeatures ? AllFeaturesGiB : 0 } });
        PhaseMemory? step,
            generation;
        MachinePeaks? peaks;
        StepWork? work;
        var used = new UsedMemory(device);
        var machine = device.IsMeta ? null : LocalMachine.Describe(device, dtype);
        // After free memory was read, because their context uses part of it; before the plan, which counts the kernels in use.
        if (dtype == DType.BFloat16)
            ModelKernels.CheckAll(device, workload.Kernels);
        using (var rehearsal = Open())
        {
            if (workload.CachesFeatures && rehearsal is { DistinctPatches: > 0, FeatureBytes: 0 })
                throw new InputException(
                    "cache-features",
                    null,
                    "the vision tower is trained, so its outputs change and cannot be cached",
                    "omit it"
                );
            step = workload.Steps == 0 ? null : PlannedStep(rehearsal, settings, source);
            generation = workload.Generates ? PlannedAnswers(Open, settings, workload, source) : null;
            if (machine is not null)
                Fit(machine, [step, generation], device);
            peaks = machine is null ? null : MachinePeaks.Measure(device, dtype, machine.FreeBytes);
            work = step is null || peaks is null ? null : Work(rehearsal, settings, workload, source, peaks);
        }

        var clock = Stopwatch.StartNew();
        using var model = RandomModel(config, dtype, device, workload.Kernels);
        MemoryLedger.ResetPeak(device.Type);
        TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
        device.Synchronize();
        var loadSeconds = clock.Elapsed.TotalSeconds;
        using var features = new FeatureCache(model, settings.Features.CacheBytes);

        var steps = step is null ? null : StepBenchmark.Run(model, settings, workload, source, features, used) with { Work = work };
        return new BenchmarkResult(
            machine?.Name,
            peaks,
            model.WeightBytes,
            loadSeconds,
            step,
            generation,
            steps,
            generation is null || device.IsMeta ? null : GenerationBenchmark.Run(model, workload, source, features)
        )
        {
            EpochSamples = source.EpochSamples,
            LeftOut = source.LeftOut,
            Serving = workload.ServeRequests == 0 || device.IsMeta ? null : ServingBenchmark.Run(model, workload, source),
        };

        MetaDryRun Open() =>
            new(config, CheckpointShape.Expected(config), settings, device.Kernels, shared: !device.UsesCuda)
            {
                DistinctPatches = PlanData.CountDistinctPatches(source.Outlines.SelectMany(s => s.SelectMany(b => b))),
            };
    }

    private static CausalModel RandomModel(ModelConfig config, DType dtype, Device device, KernelOptions kernels)
    {
        if (device.IsMeta)
            return new CausalModel(config, new MetaSource(dtype, device.Kernels) { Kernels = new KernelPolicy(kernels) });
        using var source = new PooledRandomSource(dtype, device, seed: 1) { Kernels = new KernelPolicy(kernels) };
        return new CausalModel(config, source);
    }

    // The largest of several steps, each with the images of the next one loaded.
    private static PhaseMemory PlannedStep(MetaDryRun dryRun, TuneSettings settings, IBenchmarkSteps source) =>
        source
            .Outlines.Select(
                (step, i) =>
                    dryRun.Step(
                        settings,
                        step,
                        i + 1 < source.Outlines.Count ? StepOutline.LoadedPatches([.. source.Outlines[i + 1].SelectMany(b => b)]) : 0
                    )
            )
            .MaxBy(p => p.TensorBytes)!;

    private static PhaseMemory PlannedAnswers(Func<MetaDryRun> open, TuneSettings settings, StepWorkload workload, IBenchmarkSteps source)
    {
        using var rehearsal = open();
        rehearsal.ReleaseTrainingState();
        return ((int[])[workload.Samples, workload.GenerateBatch])
            .Select(n => rehearsal.GenerateAnswers(settings, source.Prompts(n, pixels: false)))
            .MaxBy(p => p.TensorBytes)!;
    }

    private static void Fit(PlanMachine machine, IEnumerable<PhaseMemory?> phases, Device device)
    {
        foreach (var phase in phases.OfType<PhaseMemory>())
        {
            var total = phase.TotalBytes(device.Kernels);
            if (total <= machine.BudgetBytes)
                continue;
            var (what, advice) =
                phase.Name == "tune"
                    ? ("the step", "use fewer `samples` or `recompute all`")
                    : ("answering", "use a smaller `generate-batch` or fewer `samples`");
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what} would need {total / (double)(1L << 30):F1} GiB of memory, but "
                        + $"{machine.BudgetBytes / (double)(1L << 30):F1} GiB are available; {advice}"
                )
            );
        }
    }

    // The average of the timed steps, with the device's measured peaks as bounds.
    private static StepWork Work(
        MetaDryRun dryRun,
        TuneSettings settings,
        StepWorkload workload,
        IBenchmarkSteps source,
        MachinePeaks peaks
    )
    {
        var timed = source.Outlines.Skip(source.Outlines.Count > workload.WarmupSteps ? workload.WarmupSteps : 0).ToList();
        var tally = new OperatorTally(peaks.FlopsPerSecond, peaks.FlopsPerSecond, 1, peaks.BytesPerSecond);
        foreach (var step in timed)
            dryRun.CountWork(settings, step, workload.CachesFeatures, tally);
        return StepWork.Mean(tally, timed.Count);
    }
}
