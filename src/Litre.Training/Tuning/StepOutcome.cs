namespace Litre.Training.Tuning;

/// <summary>What one optimizer step came to, over the micro-batches of all ranks.</summary>
/// <param name="Loss">Mean over the answer tokens; no number on a meta device.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">Of all samples.</param>
/// <param name="AnswerTokens">That a loss was taken for.</param>
public readonly record struct StepOutcome(double Loss, double GradientNorm, int Tokens, int AnswerTokens);
