using Litre.Torch;

namespace Litre.Planning;

/// <summary>The time of a step by cause.</summary>
/// <param name="ArithmeticSeconds">The seconds of operators that are bound by arithmetic.</param>
/// <param name="TrafficSeconds">The seconds of operators that are bound by memory.</param>
/// <param name="OperatorSeconds">The overhead of starting and ending all operators, or the host's time in excess of the device's.</param>
/// <param name="ImageSeconds">The seconds of loading images, in parallel with the step; null if unknown.</param>
/// <param name="Flops">Operations of products and attention in the step.</param>
public sealed record StepTime(double ArithmeticSeconds, double TrafficSeconds, double OperatorSeconds, double? ImageSeconds, double Flops)
{
    /// <summary>The seconds of computation.</summary>
    public double ComputeSeconds => ArithmeticSeconds + TrafficSeconds + OperatorSeconds;

    /// <summary>The seconds of the step.</summary>
    public double Seconds => Math.Max(ComputeSeconds, ImageSeconds ?? 0);

    /// <summary>What limits the speed of the step.</summary>
    public PlanBound Bound =>
        ImageSeconds > ComputeSeconds ? PlanBound.Data
        : ArithmeticSeconds >= Math.Max(TrafficSeconds, OperatorSeconds) ? PlanBound.Arithmetic
        : TrafficSeconds >= OperatorSeconds ? PlanBound.Bandwidth
        : PlanBound.Operators;

    // The host starts operators while the device works on earlier ones: whichever takes longer decides.
    internal static StepTime Of(OperatorTally tally, MachineRates rates, double? imageSeconds) =>
        new(
            tally.ArithmeticSeconds,
            tally.TrafficSeconds,
            Math.Max(tally.Operators * rates.OperatorSeconds, tally.Operators * rates.HostSeconds - tally.Seconds),
            imageSeconds,
            tally.Flops
        );
}

/// <summary>What limits the speed of a step.</summary>
public enum PlanBound
{
    /// <summary>Most of the time is spent on matrix products.</summary>
    Arithmetic,

    /// <summary>Most of the time is spent on memory transfers.</summary>
    Bandwidth,

    /// <summary>The operators are so small that starting them dominates.</summary>
    Operators,

    /// <summary>Decoding and splitting images takes longer than computing.</summary>
    Data,
}
