namespace Litre.Training.Telemetry;

/// <summary>The state of a run, read from its folder.</summary>
public enum RunState
{
    /// <summary>Its process is running.</summary>
    Running,

    /// <summary>Its process is running and waits for memory.</summary>
    Paused,

    /// <summary>Its process is running and waits until the disk has space for a checkpoint.</summary>
    WaitingForDisk,

    /// <summary>It took all its steps, or stopped early.</summary>
    Finished,

    /// <summary>Its losses diverged, and it was stopped.</summary>
    Diverged,

    /// <summary>It ended before its last step and can be resumed.</summary>
    Stopped,
}
