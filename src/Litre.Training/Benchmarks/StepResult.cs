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
    public double TokensPerSecond => MedianStepMs > 0 ? Tokens / MedianStepMs * 1000 : 0;
}
