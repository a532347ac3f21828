namespace Litre.Machine.Doctor;

/// <summary>What the checkpoints of a run take on the disk.</summary>
/// <param name="Run">Which run, in a few words.</param>
/// <param name="CheckpointBytes">One checkpoint.</param>
/// <param name="Checkpoints">The most that are there at once.</param>
/// <param name="WeightBytes">The model's own files.</param>
public sealed record CheckpointSpace(string Run, long CheckpointBytes, int Checkpoints, long WeightBytes)
{
    /// <summary>The part of a checkpoint that <c>best/</c> has too: the adapter, or the weights.</summary>
    public long WeightFileBytes { get; init; }

    public long TotalBytes => CheckpointBytes * Checkpoints;
}
