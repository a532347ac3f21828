using Litre.Core;
using Litre.Machine.Sensors;
using Litre.Torch;

namespace Litre.Planning;

/// <summary>Describes this machine with the memory that is free now.</summary>
public static class LocalMachine
{
    /// <param name="device">The device of the run.</param>
    /// <param name="dtype">The run's type, in which a processor's rates are measured.</param>
    /// <param name="memoryBytes">Free memory as specified by the user; null to measure it.</param>
    /// <exception cref="InputException">The amount of free memory cannot be determined.</exception>
    public static PlanMachine Describe(Device device, DType dtype, long? memoryBytes = null)
    {
        if (device.Type == DeviceType.Cuda)
            return DescribeCuda(device, memoryBytes);
        var total = MachineMemory.TotalBytes() ?? memoryBytes;
        var free = memoryBytes ?? MachineMemory.AvailableBytes();
        if (total is null || free is null)
            throw new InputException("this system does not report how much memory is free; specify it, for example with `memory 16GiB`");
        return new PlanMachine(
            $"this machine's CPU ({Environment.ProcessorCount} cores)",
            DeviceType.Cpu,
            true,
            total.Value,
            free.Value,
            MachineRates.MeasureCpu(dtype),
            null
        );
    }

    private static PlanMachine DescribeCuda(Device device, long? memoryBytes)
    {
        var info = CudaDriver.Devices.First(d => d.Index == device.Index);
        var profile = MachineProfiles.OfDevice(info.Name);
        var free =
            memoryBytes
            ?? Free(info)
            ?? throw new InputException(
                "device",
                device,
                "the driver does not report how much memory is free",
                "specify it, for example with `memory 24GiB`"
            );
        return new PlanMachine(
            info.Name,
            DeviceType.Cuda,
            info.IsIntegrated,
            info.TotalBytes,
            free,
            profile is null ? null : MachineProfiles.Rates(profile),
            info.IsIntegrated ? null : MachineMemory.AvailableBytes()
        );
    }

    // The management library needs no CUDA context, which would reduce the free memory.
    private static long? Free(CudaDeviceInfo info)
    {
        if (info.IsIntegrated)
            return CudaDriver.FreeBytes(info);
        using var nvml = Nvml.Open(CudaDriver.PciBusId(info));
        return nvml?.MemoryBytes is { } memory ? memory.Total - memory.Used : CudaDriver.FreeBytes(info);
    }
}
