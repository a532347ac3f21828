namespace Litre.Planning.Benchmarks;

/// <summary>What training steps took.</summary>
/// <param name="Tokens">Of each timed step.</param>
/// <param name="Samples">Of each timed step.</param>
/// <param name="Seconds">Of each timed step; empty on a meta device.</param>
/// <param name="PeakBytes">Most tensor bytes alive at once on the device, as the program counts them.</param>
/// <param name="OperatorCalls">Operator calls of the last step.</param>
/// <param name="Losses">Mean loss of every step, warm-up included; empty on a meta device.</param>
public sealed record StepResult(
    IReadOnlyList<int> Tokens,
    IReadOnlyList<int> Samples,
    IReadOnlyList<double> Seconds,
    long PeakBytes,
    long OperatorCalls,
    IReadOnlyList<double> Losses
)
{
    /// <summary>What the device really had in use, or on the CPU the process; null on a meta device or where nothing says it.</summary>
    public long? MeasuredBytes { get; init; }

    /// <summary>Mean utilisation of the GPU while the timed steps ran, in percent; null where it cannot be read.</summary>
    public double? GpuPercent { get; init; }

    /// <summary>What the last step computes; null on a meta device.</summary>
    public StepWork? Work { get; init; }

    /// <summary>One more step, operator by operator; null where it was not asked for.</summary>
    public StepProfile? Profile { get; init; }

    /// <summary>The median of steps that are all alike, else the mean; 0 on a meta device.</summary>
    public double StepSeconds =>
        Seconds.Count == 0 ? 0
        : Tokens.Distinct().Count() == 1 ? Seconds.Order().ElementAt(Seconds.Count / 2)
        : Seconds.Average();

    public double TokensPerSecond => StepSeconds > 0 ? Tokens.Average() / StepSeconds : 0;

    public double SamplesPerSecond => StepSeconds > 0 ? Samples.Average() / StepSeconds : 0;
}
