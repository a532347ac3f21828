using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>What the NVIDIA driver reports, in one place so that a test can replace it.</summary>
/// <param name="Devices">Visible to this process.</param>
/// <param name="DriverCuda">The newest CUDA version that the driver supports; null without a device.</param>
/// <param name="Reason">Why there is no device; empty if there is one.</param>
/// <param name="FreeBytes">Memory that a program can still allocate; null if it is unknown.</param>
public sealed record GpuState(
    IReadOnlyList<CudaDeviceInfo> Devices,
    string? DriverCuda,
    string Reason,
    Func<CudaDeviceInfo, long?> FreeBytes
)
{
    public static GpuState Current() => new(CudaDriver.Devices, CudaDriver.CudaVersion, CudaDriver.Reason, CudaDriver.FreeBytes);
}
