using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>How a model is evaluated.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Maximum tokens per batch, including those of images and of the answer; a longer sample runs alone.</summary>
    public int TokenBudget { get; init; } = 8192;

    /// <summary>Maximum number of samples that are answered at once.</summary>
    public int MaximumBatch { get; init; } = 64;

    /// <summary>Whether answers are generated; otherwise only the loss is computed.</summary>
    public bool GenerateAnswers { get; init; } = true;

    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0 always uses the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>The seed of resampling, tests and token sampling.</summary>
    public int Seed { get; init; }

    /// <summary>Resamples for the intervals.</summary>
    public int Resamples { get; init; } = Bootstrap.Resamples;
}
