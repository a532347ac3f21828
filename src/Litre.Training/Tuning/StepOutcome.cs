namespace Litre.Training.Tuning;

/// <summary>The outcome of one optimizer step over the micro-batches of all ranks.</summary>
/// <param name="Loss">Mean over the answer tokens; NaN on a meta device.</param>
/// <param name="GradientNorm">The gradient norm before clipping.</param>
/// <param name="Tokens">The tokens of all samples.</param>
/// <param name="AnswerTokens">The tokens that contribute to the loss.</param>
public readonly record struct StepOutcome(double Loss, double GradientNorm, int Tokens, int AnswerTokens);
