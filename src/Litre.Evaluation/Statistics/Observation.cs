namespace Litre.Evaluation.Statistics;

/// <summary>One sample's value under the base model and, where there is one, under the tuned model.</summary>
/// <param name="Base">The base model's value.</param>
/// <param name="Tuned">The tuned model's; null where the base is evaluated alone.</param>
/// <param name="Weight">What the sample weighs in the mean, above 0.</param>
public readonly record struct Observation(double Base, double? Tuned, double Weight);
