using System.Runtime.InteropServices;

namespace Litre.Machine.Sensors;

/// <summary>
/// One GPU in NVIDIA's management library. Each value is null if the driver does not support the query, as
/// on devices that share the machine's memory and on partitioned ones. Thread-safe until disposed.
/// </summary>
public sealed partial class Nvml : IDisposable
{
    private readonly nint _device;

    private Nvml(nint device) => _device = device;

    /// <summary>The device at a PCI address; null without the library, or if it does not start or does not know the device.</summary>
    public static Nvml? Open(string? pciBusId) =>
        pciBusId is null ? null : Open(() => DeviceByBusId(pciBusId, out var device) == 0 ? device : null);

    /// <summary>The first device that the library knows, or null.</summary>
    public static Nvml? OpenFirst() => Open(() => DeviceByIndex(0, out var device) == 0 ? device : null);

    /// <summary>Share of the last sampling period in which a kernel ran.</summary>
    public int? BusyPercent => Query(() => Utilization(_device, out var rates) == 0 ? (int?)rates.Gpu : null);

    public int? TemperatureC => Query(() => Temperature(_device, GpuSensor, out var celsius) == 0 ? (int?)celsius : null);

    public double? PowerWatts => Query(() => PowerUsage(_device, out var milliwatts) == 0 ? milliwatts / 1000.0 : (double?)null);

    /// <summary>Clock of the multiprocessors.</summary>
    public int? ClockMHz => Query(() => Clock(_device, MultiprocessorClock, out var megahertz) == 0 ? (int?)megahertz : null);

    /// <summary>Whether clocks are lowered because of heat.</summary>
    public bool? IsThermallyThrottled =>
        Query(() => ThrottleReasons(_device, out var reasons) == 0 ? (reasons & ThermalReasons) != 0 : (bool?)null);

    /// <summary>Bytes in use by all processes, and total bytes.</summary>
    public (long Used, long Total)? MemoryBytes =>
        Query(() =>
            MemoryInfo(_device, out var memory) == 0 && memory.Total > 0 ? ((long)memory.Used, (long)memory.Total) : ((long, long)?)null
        );

    /// <summary>
    /// Device memory of each process that computes on it, even if the device has no memory of its own; empty if it is unknown.
    /// </summary>
    public unsafe IReadOnlyDictionary<int, long> ProcessBytes()
    {
        const int Most = 128;
        var known = new Dictionary<int, long>();
        var processes = stackalloc ProcessUse[Most];
        var count = (uint)Most;
        try
        {
            if (ComputeProcesses(_device, ref count, processes) != 0)
                return known;
        }
        catch (EntryPointNotFoundException)
        {
            return known;
        }
        for (var i = 0; i < Math.Min(count, Most); i++)
        {
            // All bits are set if the driver does not know.
            if (processes[i].UsedBytes < long.MaxValue)
                known[(int)processes[i].Id] = (long)processes[i].UsedBytes;
        }
        return known;
    }

    public void Dispose() => _ = Shutdown();

    private static Nvml? Open(Func<nint?> find)
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            return null;
        try
        {
            if (Init() != 0)
                return null;
            if (find() is { } device)
                return new Nvml(device);
            _ = Shutdown();
        }
        catch (EntryPointNotFoundException)
        {
            // A driver older than these functions counts as absent.
        }
        return null;
    }

    private static T? Query<T>(Func<T?> question)
        where T : struct
    {
        try
        {
            return question();
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }
}
