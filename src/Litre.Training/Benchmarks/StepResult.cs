namespace Litre.Training.Benchmarks;

/// <summary>What a benchmark of training steps measured.</summary>
/// <param name="Tokens">Tokens of one step.</param>
/// <param name="MedianStepMs">Median of the timed steps, 0 on a meta device.</param>
/// <param name="WeightBytes">Weights and adapters.</param>
/// <param name="PeakBytes">Most tensor bytes alive at once, as the program counts them.</param>
/// <param name="OperatorCalls">Operator calls of one step.</param>
/// <param name="LoadSeconds">Making the weights.</param>
/// <param name="Losses">Mean loss of every step, warm-up included; empty on a meta device.</param>
public sealed record StepResult(
    int Tokens, double MedianStepMs, long WeightBytes, long PeakBytes, long OperatorCalls, double LoadSeconds, IReadOnlyList<double> Losses)
{
    /// <summary>Most tensor bytes alive at once, as the plan counted them beforehand.</summary>
    public long PlannedPeakBytes { get; init; }

    /// <summary>These and the estimate of what kernels and allocators take.</summary>
    public long PlannedBytes { get; init; }

    /// <summary>What the device really had in use, or on the CPU the process; null on a meta device or where nothing says it.</summary>
    public long? MeasuredBytes { get; init; }

    public double TokensPerSecond => MedianStepMs > 0 ? Tokens / MedianStepMs * 1000 : 0;
}
