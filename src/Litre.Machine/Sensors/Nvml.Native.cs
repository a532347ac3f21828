using System.Runtime.InteropServices;

namespace Litre.Machine.Sensors;

/// <content>NVIDIA's management interface (nvml.h). Every function returns 0 on success.</content>
public sealed partial class Nvml
{
    private const string Library = "libnvidia-ml.so.1";
    private const int GpuSensor = 0;
    private const int MultiprocessorClock = 1;
    private const ulong ThermalReasons = 0x20 | 0x40; // nvmlClocksThrottleReasonSwThermalSlowdown, HwThermalSlowdown

    [LibraryImport(Library, EntryPoint = "nvmlInit_v2")]
    private static partial int Init();

    [LibraryImport(Library, EntryPoint = "nvmlShutdown")]
    private static partial int Shutdown();

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByPciBusId_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int DeviceByBusId(string busId, out nint device);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    private static partial int DeviceByIndex(uint index, out nint device);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetClockInfo")]
    private static partial int Clock(nint device, int type, out uint megahertz);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetCurrentClocksThrottleReasons")]
    private static partial int ThrottleReasons(nint device, out ulong reasons);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetUtilizationRates")]
    private static partial int Utilization(nint device, out Rates rates);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetTemperature")]
    private static partial int Temperature(nint device, int sensor, out uint celsius);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetPowerUsage")]
    private static partial int PowerUsage(nint device, out uint milliwatts);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    private static partial int MemoryInfo(nint device, out Memory memory);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetComputeRunningProcesses_v3")]
    private static unsafe partial int ComputeProcesses(nint device, ref uint count, ProcessUse* processes);

    // nvmlProcessInfo_t
    private readonly record struct ProcessUse(uint Id, ulong UsedBytes, uint GpuInstance, uint ComputeInstance);

    private struct Rates
    {
        public uint Gpu;
        public uint Memory;
    }

    private struct Memory
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }
}
