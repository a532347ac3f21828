namespace Litre.Machine.Governing;

/// <summary>What an order is about; each order says the whole state that the trainer shall be in.</summary>
public enum OrderKind
{
    /// <summary>Nothing is to be feared: full micro-batches again.</summary>
    Normal,

    /// <summary>Split micro-batches and free caches.</summary>
    Shrink,

    /// <summary>Write a checkpoint and wait.</summary>
    Pause,

    /// <summary>Go on, with micro-batches still split.</summary>
    Resume,

    /// <summary>Another pace, because of heat.</summary>
    Slow,

    /// <summary>Write a checkpoint and end.</summary>
    Stop,

    /// <summary>Not told but done: the process is killed.</summary>
    Kill,
}

/// <summary>What the governor tells the trainer: the whole state that it shall be in from now on.</summary>
/// <param name="Sequence">Counted up from one.</param>
/// <param name="Kind">What changed.</param>
/// <param name="Divisor">Each micro-batch is split into about so many; 1 for none.</param>
/// <param name="IsPaused">Whether the trainer waits.</param>
/// <param name="Pace">Share of the time in which to compute, above 0 up to 1.</param>
/// <param name="Reason">Why, in one line.</param>
/// <param name="Reading">What was seen.</param>
public sealed record GovernorOrder(
    long Sequence,
    OrderKind Kind,
    int Divisor,
    bool IsPaused,
    double Pace,
    string Reason,
    GovernorReading Reading
);
