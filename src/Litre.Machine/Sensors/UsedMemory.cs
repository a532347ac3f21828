using Litre.Torch;

namespace Litre.Machine.Sensors;

/// <summary>
/// Memory that a run really takes, kernels' work space and allocators included: what its device has in use beyond what it had
/// before, or on the CPU the most that this process ever held. libtorch's allocator gives nothing back while a run lasts,
/// so on CUDA a look at the end sees the peak.
/// </summary>
public sealed class UsedMemory
{
    private readonly Device _device;
    private readonly long? _before;

    /// <summary>Before the run touches its device.</summary>
    /// <param name="device">Where it computes.</param>
    public UsedMemory(Device device)
    {
        _device = device;
        _before = InUse();
    }

    /// <summary>Bytes so far; null where the machine does not say.</summary>
    public long? Bytes() => _device.Type == DeviceType.Cpu ? ProcessPeak() : InUse() - _before;

    private long? InUse()
    {
        if (CudaDriver.Of(_device) is not { } info)
            return null;
        if (info.IsIntegrated)
            return MachineMemory.TotalBytes() - MachineMemory.AvailableBytes();
        using var nvml = Nvml.Open(CudaDriver.PciBusId(info));
        return nvml?.MemoryBytes?.Used ?? info.TotalBytes - CudaDriver.FreeBytes(info);
    }

    private static long? ProcessPeak()
    {
        const string Source = "/proc/self/status";
        return File.Exists(Source) ? MachineMonitor.ParseKilobytes(File.ReadAllText(Source), "VmHWM:") : null;
    }
}
