using Litre.Training.Optimization;

namespace Litre.Training.Tuning;

/// <summary>How a run learns: AdamW and its learning rate over the steps.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The highest of the run.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>How it falls after the warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Share of the steps in which it rises, below 1; or their number.</summary>
    public double Warmup { get; init; } = 0.03;

    public double WeightDecay { get; init; } = 0.01;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    /// <summary>Gradients of a larger norm are scaled down to it; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The part of it that does not change from step to step.</summary>
    public AdamWSettings AdamW => new(Beta1, Beta2, WeightDecay: WeightDecay, ClipNorm: ClipNorm);
}
