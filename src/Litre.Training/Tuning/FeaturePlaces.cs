namespace Litre.Training.Tuning;

/// <summary>Where a run keeps what the frozen vision tower makes of pictures.</summary>
/// <param name="MemoryBytes">Most of the host's memory.</param>
/// <param name="Folder">On the disk; null where nothing is kept there.</param>
/// <param name="DiskBytes">Most of the disk, whatever run it comes from.</param>
public sealed record FeaturePlaces(long MemoryBytes, string? Folder, long DiskBytes);
