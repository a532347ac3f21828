namespace Litre.Evaluation.Statistics;

/// <summary>A mean with the interval that holds the true one with 95 % confidence.</summary>
/// <param name="Mean">Of the samples.</param>
/// <param name="Low">Lower end; null where one sample, or samples that are all alike, say nothing of the spread.</param>
/// <param name="High">Upper end.</param>
public sealed record Interval(double Mean, double? Low, double? High);
