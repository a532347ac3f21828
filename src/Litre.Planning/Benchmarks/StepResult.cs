namespace Litre.Planning.Benchmarks;

/// <summary>The measurements of training steps.</summary>
/// <param name="Tokens">The tokens of each timed step.</param>
/// <param name="Samples">The samples of each timed step.</param>
/// <param name="Seconds">The seconds of each timed step; empty on a meta device.</param>
/// <param name="PeakBytes">The peak of allocated tensor bytes on the device, as the program counts them.</param>
/// <param name="OperatorCalls">Operator calls of the last step.</param>
/// <param name="Losses">Mean loss of every step, warmup included; empty on a meta device.</param>
public sealed record StepResult(
    IReadOnlyList<int> Tokens,
    IReadOnlyList<int> Samples,
    IReadOnlyList<double> Seconds,
    long PeakBytes,
    long OperatorCalls,
    IReadOnlyList<double> Losses
)
{
    /// <summary>
    /// Measured memory use of the device, or of the process on the CPU; null on a meta device or if it is not reported.
    /// </summary>
    public long? MeasuredBytes { get; init; }

    /// <summary>Mean utilization of the GPU while the timed steps ran, in percent; null if it cannot be read.</summary>
    public double? GpuPercent { get; init; }

    /// <summary>The work of the last step; null on a meta device.</summary>
    public StepWork? Work { get; init; }

    /// <summary>A profile of one more step, operator by operator; null if it was not requested.</summary>
    public StepProfile? Profile { get; init; }

    /// <summary>The median if all steps are alike, otherwise the mean; 0 on a meta device.</summary>
    public double StepSeconds =>
        Seconds.Count == 0 ? 0
        : Tokens.Distinct().Count() == 1 ? Seconds.Order().ElementAt(Seconds.Count / 2)
        : Seconds.Average();

    public double TokensPerSecond => StepSeconds > 0 ? Tokens.Average() / StepSeconds : 0;

    public double SamplesPerSecond => StepSeconds > 0 ? Samples.Average() / StepSeconds : 0;
}
