namespace Litre.Training.Tuning;

/// <summary>How a run ended.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="LastStep">The last step taken.</param>
/// <param name="LastCheckpoint">The newest checkpoint's folder, or null.</param>
/// <param name="BestCheckpoint">The folder with the lowest validation loss, which may be above the base's; or null.</param>
/// <param name="BestLoss">That loss, or null without a held-out side.</param>
public sealed record TuneEnd(TuneEndReason Reason, int LastStep, string? LastCheckpoint, string? BestCheckpoint, double? BestLoss)
{
    /// <summary>After which step <see cref="BestLoss"/> was found.</summary>
    public int BestStep { get; init; }

    /// <summary>The untouched base's loss on the held-out side; null where it is not known.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>In one line why a run that diverged was ended and what to change; null for others.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether no step was as good as the untouched base.</summary>
    public bool IsWorseThanBase => BestLoss > BaseLoss;
}

/// <summary>Why a run ended.</summary>
public enum TuneEndReason
{
    /// <summary>All steps were taken.</summary>
    Finished,

    /// <summary>The held-out loss stopped falling.</summary>
    EarlyStop,

    /// <summary>A signal asked for it; a checkpoint was written and the run can be resumed.</summary>
    Interrupted,

    /// <summary>Losses or gradients were not finite, or far above the base's for long; the last good checkpoint is kept.</summary>
    Diverged,
}
