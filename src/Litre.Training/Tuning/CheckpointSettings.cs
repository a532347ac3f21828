namespace Litre.Training.Tuning;

/// <summary>When checkpoints are written, and where copies go.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Steps between checkpoints; 0 for once per epoch.</summary>
    public int SaveSteps { get; init; }

    /// <summary>Number of newest checkpoints that are kept, in addition to the best.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>A second folder, such as on another disk, that receives a copy of each checkpoint; empty for none.</summary>
    public string Mirror { get; init; } = "";

    /// <summary>The longest time that a run waits for disk space before it ends.</summary>
    public double DiskWaitSeconds { get; init; } = 600;
}
