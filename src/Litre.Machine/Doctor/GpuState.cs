using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>What the NVIDIA driver says, gathered so that a test can replace it.</summary>
/// <param name="Devices">Visible to this process.</param>
/// <param name="DriverCuda">Newest CUDA version that the driver runs; null without a device.</param>
/// <param name="Reason">Why there is no device; empty where there is one.</param>
/// <param name="FreeBytes">Memory that a program can still take; null where it is not told.</param>
public sealed record GpuState(
    IReadOnlyList<CudaDeviceInfo> Devices,
    string? DriverCuda,
    string Reason,
    Func<CudaDeviceInfo, long?> FreeBytes
)
{
    public static GpuState Current() => new(CudaDriver.Devices, CudaDriver.CudaVersion, CudaDriver.Reason, CudaDriver.FreeBytes);
}
