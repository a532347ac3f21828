namespace Litre.Training.Tuning;

/// <summary>How a run ended.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="LastStep">The last step taken.</param>
/// <param name="LastCheckpoint">The newest checkpoint's folder, or null.</param>
/// <param name="BestCheckpoint">
/// The folder of the checkpoint with the lowest validation loss, which may be above the base model's; null before the first validation.
/// </param>
/// <param name="BestLoss">That loss, or null if it is unknown.</param>
public sealed record TuneEnd(TuneEndReason Reason, int LastStep, string? LastCheckpoint, string? BestCheckpoint, double? BestLoss)
{
    /// <summary>The step after which <see cref="BestLoss"/> was measured.</summary>
    public int BestStep { get; init; }

    /// <summary>The base model's loss on the held-out samples; null if it is unknown.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>One line about why a run diverged and what to change; null for other runs.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether no step was as good as the base model.</summary>
    public bool IsWorseThanBase => BestLoss > BaseLoss;
}

/// <summary>Why a run ended.</summary>
public enum TuneEndReason
{
    /// <summary>All steps were taken.</summary>
    Finished,

    /// <summary>The held-out loss stopped decreasing.</summary>
    EarlyStop,

    /// <summary>It was stopped by a signal; a checkpoint was written, and the run can be resumed.</summary>
    Interrupted,

    /// <summary>Losses or gradients were not finite, or far above the base model's for long; the last good checkpoint is kept.</summary>
    Diverged,
}
