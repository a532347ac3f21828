namespace Litre.Training.Tuning;

/// <summary>When a run is saved, and where else.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Steps between two checkpoints; 0 for once an epoch.</summary>
    public int SaveSteps { get; init; }

    /// <summary>Checkpoints that are kept, besides the best.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>A second folder, such as on another disk, that gets a copy of each; empty for none.</summary>
    public string Mirror { get; init; } = "";

    /// <summary>Longest that a run waits for room on the disk before it ends.</summary>
    public double DiskWaitSeconds { get; init; } = 600;
}
