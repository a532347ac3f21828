namespace Litre.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Phase">What is computed, such as <c>base: answers</c>.</param>
/// <param name="Done">Samples done in this phase.</param>
/// <param name="Total">Samples of this phase.</param>
public readonly record struct EvaluationProgress(string Phase, int Done, int Total);
