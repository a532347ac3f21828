namespace Litre.Training.Tuning;

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
