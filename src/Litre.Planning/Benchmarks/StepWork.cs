using Litre.Torch;

namespace Litre.Planning.Benchmarks;

/// <summary>What a training step computes and moves, counted on a meta device by the operators that run.</summary>
/// <param name="Flops">Operations of products and attention.</param>
/// <param name="Bytes">Read and written by all operators.</param>
/// <param name="ArithmeticSeconds">The least time of the operators that the matrix peak bounds.</param>
/// <param name="TrafficSeconds">The least time of those that the copy rate bounds.</param>
public sealed record StepWork(double Flops, double Bytes, double ArithmeticSeconds, double TrafficSeconds)
{
    /// <summary>The least time of a step if every operator reached its bound.</summary>
    public double MinSeconds => ArithmeticSeconds + TrafficSeconds;

    /// <summary>Which bound takes more of that time: the one that a faster kernel cannot pass.</summary>
    public StepBound Bound => ArithmeticSeconds >= TrafficSeconds ? StepBound.Arithmetic : StepBound.Memory;

    internal static StepWork Mean(OperatorTally tally, int steps) =>
        new(tally.Flops / steps, tally.Bytes / steps, tally.ArithmeticSeconds / steps, tally.TrafficSeconds / steps);
}

/// <summary>What keeps a step from being faster, were every kernel perfect.</summary>
public enum StepBound
{
    /// <summary>Matrix products.</summary>
    Arithmetic,

    /// <summary>Reading and writing memory.</summary>
    Memory,
}
