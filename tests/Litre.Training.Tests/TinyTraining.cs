using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Training.Optimization;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests;

/// <summary>A small model with a packed batch, what is trained of it, and an optimizer, on any device.</summary>
public sealed class TinyTraining : IDisposable
{
    /// <summary>What of the model is trained.</summary>
    public enum Trained
    {
        Everything,
        TextAdapters,
        AllAdapters,

        /// <summary>As a run attaches them, without dropout, on attention and the feed-forward blocks.</summary>
        RunAdapters,
        LastLayer,
        VisionTower,
    }

    private readonly AdamW _optimizer;

    public TinyTraining(WeightSource source, int experts, Trained trained, ModelConfig? config = null)
    {
        Config = config ?? TinyModels.Config(experts, dense: experts > 0 ? [1] : null);
        Model = new CausalModel(Config, source);
        if (trained is Trained.AllAdapters or Trained.TextAdapters)
            TinyModels.Adapt(Model, source, new LoraSettings(2, 4, 0.2));
        if (trained is Trained.RunAdapters)
            TrainablePart.Prepare(Model, new TrainableSettings { Targets = ["attention", "mlp"], LoraRank = 2 }, 42, "");
        TinyModels.Train(
            trained switch
            {
                Trained.Everything => Model.Parameters,
                Trained.RunAdapters => Model.Adapters.SelectMany(a => a.Parameters),
                Trained.AllAdapters => Model.Adapters.SelectMany(a => a.Parameters),
                Trained.TextAdapters => Model
                    .Adapters[0]
                    .Updates.Where(u => !u.Lora.Module.Contains("visual", StringComparison.Ordinal))
                    .SelectMany(u => u.Lora.Parameters),
                Trained.LastLayer => Model.Text.Layers[^1].Parameters,
                _ => Model.VisionTower!.Parameters,
            }
        );
        var random = new Random(5);
        ModelSample[] samples =
        [
            TinyModels.Sample(random, Config, 3, 4),
            TinyModels.Sample(random, Config, 2, 3, new VisionGrid(1, 4, 2)),
            TinyModels.Sample(random, Config, 1, 2, new VisionGrid(2, 2, 4)),
        ];
        Batch = PackedBatch.Pack(samples, Config, source.DType, source.Device);
        foreach (var sample in samples)
            sample.Pixels?.Dispose();
        Gradients = new GradientBuffer(Model.AllParameters);
        _optimizer = new AdamW(Gradients, new AdamWSettings());
    }

    public ModelConfig Config { get; }

    public CausalModel Model { get; }

    public PackedBatch Batch { get; }

    public GradientBuffer Gradients { get; }

    public void Step(Recompute recompute)
    {
        Gradients.Zero();
        Model.TrainingPass(Batch, 0.1, recompute, new DropoutMasks(3, _optimizer.Steps)).Dispose();
        _optimizer.Step(1e-2);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Gradients.Dispose();
        Batch.Dispose();
        Model.Dispose();
    }
}
