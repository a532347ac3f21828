namespace Litre.Inference.Scheduling;

/// <summary>How a <see cref="Scheduler"/> divides its work.</summary>
internal sealed record SchedulerSettings
{
    /// <summary>Prompts that are continued at the same time.</summary>
    public int MaxRunning { get; init; } = int.MaxValue;

    /// <summary>
    /// The maximum number of prompt tokens of a step, which running answers wait for; a step has at least one prompt's next part. An
    /// image is never divided.
    /// </summary>
    public int ChunkTokens { get; init; } = int.MaxValue;

    /// <summary>The maximum number of tokens of ended sequences that are kept for prompts with the same beginning; 0 for none.</summary>
    public int PrefixTokens { get; init; }

    /// <summary>When steps are recorded.</summary>
    public ReplaySettings Replay { get; init; } = new();

    /// <summary>The maximum number of tokens that a sequence generates after its first.</summary>
    public int MaxNewTokens { get; init; } = int.MaxValue;

    /// <summary>
    /// Whether the longest sequence of a recorded step is rounded up to a power of two, so that few recordings serve all; otherwise it
    /// is the longest of the running ones.
    /// </summary>
    public bool RoundsLongest { get; init; }
}
