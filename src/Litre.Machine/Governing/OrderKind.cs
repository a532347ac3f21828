namespace Litre.Machine.Governing;

/// <summary>What an order changes; each order contains the complete state that the trainer must be in.</summary>
public enum OrderKind
{
    /// <summary>No shortage: full micro-batches again.</summary>
    Normal,

    /// <summary>Split micro-batches and free caches.</summary>
    Shrink,

    /// <summary>Write a checkpoint and wait.</summary>
    Pause,

    /// <summary>Continue, with micro-batches still split.</summary>
    Resume,

    /// <summary>Another pace, because of heat.</summary>
    Slow,

    /// <summary>Write a checkpoint and end.</summary>
    Stop,

    /// <summary>The process is killed, without an order to it.</summary>
    Kill,
}

/// <summary>The governor's order to the trainer: the complete state that it must be in from now on.</summary>
/// <param name="Sequence">Counted up from one.</param>
/// <param name="Kind">What changed.</param>
/// <param name="Divisor">The approximate number of parts of each micro-batch; 1 for no split.</param>
/// <param name="IsPaused">Whether the trainer waits.</param>
/// <param name="Pace">Share of the time in which to compute, above 0 up to 1.</param>
/// <param name="Reason">The reason, in one line.</param>
/// <param name="Reading">The reading that led to it.</param>
public sealed record GovernorOrder(
    long Sequence,
    OrderKind Kind,
    int Divisor,
    bool IsPaused,
    double Pace,
    string Reason,
    GovernorReading Reading
);
