using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>How a model is evaluated.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Most tokens of a batch, images' tokens and the answer's own included; a longer sample runs alone.</summary>
    public int TokenBudget { get; init; } = 8192;

    /// <summary>Most samples answered at once.</summary>
    public int MaximumBatch { get; init; } = 64;

    /// <summary>Whether answers are generated; without them there is the loss alone.</summary>
    public bool GenerateAnswers { get; init; } = true;

    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0 answers with the most likely token every time.</summary>
    public double Temperature { get; init; }

    /// <summary>Of resampling, tests and of drawing tokens.</summary>
    public int Seed { get; init; }

    /// <summary>Resamples for the intervals.</summary>
    public int Resamples { get; init; } = Bootstrap.Resamples;
}
