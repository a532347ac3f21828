using System.Diagnostics;
using Litre.Model;
using Litre.Model.Lora;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Optimization;

namespace Litre.Training.Benchmarks;

/// <summary>
/// Training steps of a model made from its configuration alone, with random weights: real sizes without a download.
/// On a meta device the same steps run on shapes and only bytes and calls are counted.
/// </summary>
public static class StepBenchmark
{
    private const double LearningRate = 1e-4;

    /// <param name="config">The model's sizes.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">CPU, CUDA or meta.</param>
    /// <param name="workload">What a step holds.</param>
    /// <param name="recompute">What the backward runs again.</param>
    public static StepResult Run(ModelConfig config, DType dtype, Device device, StepWorkload workload, Recompute recompute)
    {
        var clock = Stopwatch.StartNew();
        MemoryLedger.ResetPeak(device.Type);
        WeightSource source = device.IsMeta
            ? new MetaSource(dtype, device.Kernels)
            : new RandomSource(dtype, device, seed: 1, onDevice: true);
        using var model = new VisionLanguageModel(config, source);
        LoraAttachment.Attach(model, new AdapterConfig
        {
            Rank = workload.LoraRank,
            Alpha = 2 * workload.LoraRank,
            TargetModules = ModuleSelection.Matching(@".*language_model.*\.(q_proj|k_proj|v_proj|o_proj)", "target_modules"),
            TargetParameters = workload.TrainExperts ? ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"] : [],
        });
        LoraAttachment.Initialise(model, seed: 1);
        using var gradients = new GradientBuffer(model.AllParameters);
        using var optimizer = new AdamW(gradients, new AdamWSettings());
        Synchronise(device);
        var loadSeconds = clock.Elapsed.TotalSeconds;

        List<double> times = [], losses = [];
        var calls = 0L;
        var samples = Samples(config, workload);
        for (var step = 0; step < workload.WarmupSteps + workload.Steps; step++)
        {
            calls = Ops.Calls;
            clock.Restart();
            using var batch = PackedBatch.Pack(samples, config, dtype, device);
            gradients.Zero();
            using var loss = model.TrainingPass(batch, 1.0 / batch.AnswerTokens, recompute);
            optimizer.Step(LearningRate);
            calls = Ops.Calls - calls;
            if (device.IsMeta) continue;
            losses.Add(loss.Item() / batch.AnswerTokens);
            if (step >= workload.WarmupSteps) times.Add(clock.Elapsed.TotalMilliseconds);
        }
        foreach (var sample in samples) sample.Pixels?.Dispose();
        return new StepResult(
            workload.Samples * workload.TokensPerSample, times.Count == 0 ? 0 : times.Order().ElementAt(times.Count / 2),
            model.WeightBytes, MemoryLedger.PeakBytes(device.Type), calls, loadSeconds, losses);
    }

    // One picture of visual tokens as square as they factor, then text of which the end is the answer.
    private static List<ModelSample> Samples(ModelConfig config, StepWorkload workload)
    {
        var random = new Random(1);
        var samples = new List<ModelSample>();
        for (var s = 0; s < workload.Samples; s++)
        {
            var ids = new int[workload.TokensPerSample];
            for (var t = 0; t < ids.Length; t++) ids[t] = random.Next(Math.Min(config.Text.Vocab, 10000));
            ids[0] = config.VisionStartTokenId;
            ids.AsSpan(1, workload.VisualTokens).Fill(config.ImageTokenId);
            ids[workload.VisualTokens + 1] = config.VisionEndTokenId;
            for (var t = 0; t < ids.Length; t++)
            {
                // Special tokens among random text would ask for pictures that are not there.
                if (t > workload.VisualTokens + 1 && (ids[t] == config.ImageTokenId || ids[t] == config.VideoTokenId)) ids[t] = 1;
            }
            var labels = new int[ids.Length];
            for (var t = 0; t < ids.Length; t++) labels[t] = t < ids.Length - workload.AnswerTokens ? ModelSample.NoLoss : ids[t];
            if (workload.VisualTokens == 0)
            {
                samples.Add(new ModelSample(ids, labels, [], null));
                continue;
            }
            var rows = Enumerable.Range(1, (int)Math.Sqrt(workload.VisualTokens)).Last(r => workload.VisualTokens % r == 0);
            var merge = config.Vision.SpatialMergeSize;
            var grid = new VisionGrid(1, rows * merge, workload.VisualTokens / rows * merge);
            var bytes = new byte[(long)grid.Patches * config.Vision.PatchValues];
            random.NextBytes(bytes);
            var pixels = Tensor.From<byte>(bytes, [grid.Patches, config.Vision.PatchValues], Device.Cpu);
            samples.Add(new ModelSample(ids, labels, [grid], pixels));
        }
        return samples;
    }

    private static void Synchronise(Device device)
    {
        if (device.Type != DeviceType.Cuda) return;
        using var one = Tensor.Scalar(1, DType.Float32, device);
        _ = one.Item();
    }
}
