using Litre.Torch;

namespace Litre.Planning.Benchmarks;

/// <summary>What a training step computes and moves, counted on a meta device by the operators that run.</summary>
/// <param name="Flops">Operations of matrix products and attention.</param>
/// <param name="Bytes">Bytes read and written by all operators.</param>
/// <param name="ArithmeticSeconds">The minimum time of the operators that are bound by the matrix peak.</param>
/// <param name="TrafficSeconds">The minimum time of the operators that are bound by the copy rate.</param>
public sealed record StepWork(double Flops, double Bytes, double ArithmeticSeconds, double TrafficSeconds)
{
    /// <summary>The minimum time of a step, if every operator reached its bound.</summary>
    public double MinSeconds => ArithmeticSeconds + TrafficSeconds;

    /// <summary>The bound that accounts for more of that time, which no faster kernel can exceed.</summary>
    public StepBound Bound => ArithmeticSeconds >= TrafficSeconds ? StepBound.Arithmetic : StepBound.Memory;

    internal static StepWork Mean(OperatorTally tally, int steps) =>
        new(tally.Flops / steps, tally.Bytes / steps, tally.ArithmeticSeconds / steps, tally.TrafficSeconds / steps);
}

/// <summary>What would limit the speed of a step if every kernel were perfect.</summary>
public enum StepBound
{
    /// <summary>Matrix products.</summary>
    Arithmetic,

    /// <summary>Reading and writing memory.</summary>
    Memory,
}
