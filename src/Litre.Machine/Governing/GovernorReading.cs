namespace Litre.Machine.Governing;

/// <summary>What the governor saw at one moment; null where the machine does not say.</summary>
/// <param name="TotalBytes">Memory of the machine, or of the memory-limited group that the trainer is in.</param>
/// <param name="AvailableBytes">What programs can still take of it without swapping.</param>
/// <param name="CacheBytes">Page cache, which the kernel returns.</param>
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
    /// <summary>Whether all memory that the machine has is the device's too: a GPU that reports no memory of its own.</summary>
    public bool IsUnified => Gpu is { TotalBytes: null };
}
