using Litre.Evaluation.Metrics;

namespace Litre.Evaluation;

/// <summary>One metric of one answer.</summary>
/// <param name="Metric">Which.</param>
/// <param name="Value">Its value.</param>
/// <param name="Weight">What it weighs in a mean over samples: characters for error rates, tokens for the loss, else 1.</param>
public readonly record struct ScoreEntry(Metric Metric, double Value, double Weight);
