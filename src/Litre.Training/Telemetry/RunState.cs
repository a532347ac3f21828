namespace Litre.Training.Telemetry;

/// <summary>What became of a run, as its folder tells.</summary>
public enum RunState
{
    /// <summary>Its process lives.</summary>
    Running,

    /// <summary>Its process lives and waits for memory.</summary>
    Paused,

    /// <summary>Its process lives and waits until the disk has room for a checkpoint.</summary>
    WaitingForDisk,

    /// <summary>It took all its steps, or stopped early.</summary>
    Finished,

    /// <summary>Its losses diverged, and it was ended.</summary>
    Diverged,

    /// <summary>It ended before its last step and can be resumed.</summary>
    Stopped,
}
