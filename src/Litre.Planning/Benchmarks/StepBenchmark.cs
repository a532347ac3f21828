using System.Diagnostics;
using Litre.Inference.Features;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>Measures training steps: some for warmup, those that are timed, and one that is profiled.</summary>
internal static class StepBenchmark
{
    private const double LearningRate = 1e-4;

    // All steps have the same sizes and calls.
    private const int MetaSteps = 2;

    /// <param name="model">The model, with its trainable parameters marked. Borrowed.</param>
    /// <param name="settings">The recipe.</param>
    /// <param name="workload">How many steps, and whether to profile.</param>
    /// <param name="source">Borrowed.</param>
    /// <param name="features">Packs the samples. Borrowed.</param>
    /// <param name="used">Memory use since before the model was created.</param>
    public static StepResult Run(
        CausalModel model,
        TuneSettings settings,
        StepWorkload workload,
        IBenchmarkSteps source,
        FeatureCache features,
        UsedMemory used
    )
    {
        var device = model.Device;
        using var training = new TrainingStep(settings, model) { Features = features };
        source.Prepare(features);
        List<double> seconds = [],
            losses = [];
        List<int> tokens = [],
            samples = [];
        var calls = 0L;
        var steps = device.IsMeta ? MetaSteps : workload.WarmupSteps + workload.Steps;
        for (var step = 1; step <= (device.IsMeta ? steps : workload.WarmupSteps); step++)
            Take(step, timed: device.IsMeta);
        using var busy = new GpuBusy(device);
        for (var step = workload.WarmupSteps + 1; step <= steps && !device.IsMeta; step++)
            Take(step, timed: true);
        var percent = busy.Stop();
        var peak = MemoryLedger.PeakBytes(device.Type);
        var measured = device.IsMeta ? null : used.Bytes();
        return new StepResult(tokens, samples, seconds, peak, calls, losses)
        {
            MeasuredBytes = measured,
            GpuPercent = percent,
            Profile = workload.Profiles && !device.IsMeta ? Profile(training, settings.Engine, source, steps, device) : null,
        };

        void Take(int step, bool timed)
        {
            calls = Ops.Calls;
            // Waiting for images counts, as in a run.
            var clock = Stopwatch.GetTimestamp();
            var taken = source.Take(step, StepShare.All);
            var loss = training.Run(step, taken, settings.Engine.Recompute.Recompute, LearningRate).Loss;
            var took = Stopwatch.GetElapsedTime(clock).TotalSeconds;
            calls = Ops.Calls - calls;
            if (!device.IsMeta)
                losses.Add(loss);
            if (timed)
            {
                if (!device.IsMeta)
                    seconds.Add(took);
                tokens.Add(taken.Sum(b => b.Samples.Sum(s => s.Ids.Length)));
                samples.Add(taken.Sum(b => b.Samples.Length));
            }
            source.Return(taken);
        }
    }

    private static StepProfile Profile(TrainingStep training, EngineSettings settings, IBenchmarkSteps source, int step, Device device)
    {
        var taken = source.Take(step, StepShare.All);
        using var profile = new OperatorProfile(device);
        var clock = Stopwatch.GetTimestamp();
        training.Run(step, taken, settings.Recompute.Recompute, LearningRate);
        device.Synchronize();
        var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        source.Return(taken);
        return new StepProfile(seconds, profile.Operators);
    }
}
