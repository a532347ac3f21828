namespace Litre.Data.Packing;

/// <summary>One epoch's micro-batches.</summary>
/// <param name="MicroBatches">Sample indices of each micro-batch, in the order of training.</param>
/// <param name="TooLong">Samples longer than the limit, which are in no micro-batch: listed, never cut.</param>
public sealed record PackingPlan(IReadOnlyList<int[]> MicroBatches, IReadOnlyList<int> TooLong);
