using Litre.Training.Optimization;

namespace Litre.Training.Tuning;

/// <summary>The optimizer: AdamW and its learning rate over the steps.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The highest learning rate of the run.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>How it decreases after the warmup.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Warmup, as a share of the steps (below 1) or as their number.</summary>
    public double Warmup { get; init; } = 0.03;

    public double WeightDecay { get; init; } = 0.01;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    /// <summary>Gradients with a larger norm are scaled down to this norm; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The settings that do not change from step to step.</summary>
    public AdamWSettings AdamW => new(Beta1, Beta2, WeightDecay: WeightDecay, ClipNorm: ClipNorm);
}
