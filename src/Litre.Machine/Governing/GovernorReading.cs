namespace Litre.Machine.Governing;

/// <summary>One reading of the governor; null for what the machine does not report.</summary>
/// <param name="TotalBytes">Memory of the machine, or of the memory-limited group that the trainer is in.</param>
/// <param name="AvailableBytes">The part that programs can still allocate without swapping.</param>
/// <param name="CacheBytes">Page cache, which the kernel frees on demand.</param>
/// <param name="SwapUsedBytes">Swap in use.</param>
/// <param name="PressurePercent">Share of the last ten seconds in which some task waited for memory (PSI, some avg10).</param>
/// <param name="TrainerBytes">Resident memory of the trainer.</param>
/// <param name="Gpu">The GPU; null without one.</param>
public sealed record GovernorReading(
    long? TotalBytes,
    long? AvailableBytes,
    long? CacheBytes = null,
    long? SwapUsedBytes = null,
    double? PressurePercent = null,
    long? TrainerBytes = null,
    GpuReading? Gpu = null
)
{
    /// <summary>Whether the device shares all memory of the machine: a GPU that reports no memory of its own.</summary>
    public bool IsUnified => Gpu is { TotalBytes: null };
}
