using Litre.Torch;

namespace Litre.Planning;

/// <summary>How long a step takes, by what takes the time.</summary>
/// <param name="ArithmeticSeconds">Of operators that the processor's arithmetic bounds.</param>
/// <param name="TrafficSeconds">Of those that its memory bounds.</param>
/// <param name="OperatorSeconds">What starting and ending all operators takes besides, or the host more than the device.</param>
/// <param name="ImageSeconds">Of making the images ready, which runs beside the step; null where it is not known.</param>
/// <param name="Flops">Operations of products and attention in the step.</param>
public sealed record StepTime(double ArithmeticSeconds, double TrafficSeconds, double OperatorSeconds, double? ImageSeconds, double Flops)
{
    /// <summary>Of the computation.</summary>
    public double ComputeSeconds => ArithmeticSeconds + TrafficSeconds + OperatorSeconds;

    /// <summary>Of the step.</summary>
    public double Seconds => Math.Max(ComputeSeconds, ImageSeconds ?? 0);

    /// <summary>What a faster machine would need more of.</summary>
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

/// <summary>What decides how long a step takes.</summary>
public enum PlanBound
{
    /// <summary>Most of the time goes into products.</summary>
    Arithmetic,

    /// <summary>Most of the time goes into moving bytes from and to memory.</summary>
    Bandwidth,

    /// <summary>The operators are so small that starting them takes longest.</summary>
    Operators,

    /// <summary>Decoding and cutting images takes longer than computing.</summary>
    Data,
}
