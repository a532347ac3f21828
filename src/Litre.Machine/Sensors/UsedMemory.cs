using Litre.Torch;

namespace Litre.Machine.Sensors;

/// <summary>
/// Memory that a run actually uses, including kernels' workspace and allocators: the memory in use on its device minus that in use
/// before, or on the CPU the maximum that this process ever used. libtorch's allocator returns nothing during a run,
/// so on CUDA a reading at the end shows the peak.
/// </summary>
public sealed class UsedMemory
{
    private readonly Device _device;
    private readonly long? _before;

    /// <summary>To be created before the run uses its device.</summary>
    /// <param name="device">The device of the run.</param>
    public UsedMemory(Device device)
    {
        _device = device;
        _before = InUse();
    }

    /// <summary>Bytes used so far; null if the machine does not report them.</summary>
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
