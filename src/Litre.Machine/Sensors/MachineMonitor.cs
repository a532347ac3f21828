using System.Globalization;
using Litre.Torch;

namespace Litre.Machine.Sensors;

/// <summary>
/// Samples memory, GPU and process once per second on a separate thread, so that a query costs a training step nothing.
/// What the machine does not report is null. Thread-safe.
/// </summary>
public sealed class MachineMonitor : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CudaDeviceInfo? _gpu;
    private readonly Nvml? _nvml;
    private readonly Lock _sampling = new();
    private readonly Timer _timer;
    private volatile MachineReading _last;
    private bool _disposed;

    /// <param name="device">The training device; for the CPU its memory is the machine's.</param>
    public MachineMonitor(Device device)
    {
        _gpu = CudaDriver.Of(device);
        _nvml = Nvml.Open(_gpu is null ? null : CudaDriver.PciBusId(_gpu));
        _last = Sample();
        _timer = new Timer(_ => Refresh(), null, Interval, Interval);
    }

    /// <summary>The last sample, at most about a second old.</summary>
    public MachineReading Read() => _last;

    public void Dispose()
    {
        _timer.Dispose();
        lock (_sampling)
        {
            if (_disposed)
                return;
            _disposed = true;
            _nvml?.Dispose();
        }
    }

    /// <summary>Resident bytes in the text of <c>/proc/self/status</c>; null if it has no such line.</summary>
    internal static long? ParseResident(string status) => ParseKilobytes(status, "VmRSS:");

    /// <summary>Bytes of a line such as <c>VmHWM: 1024 kB</c>; null if there is none.</summary>
    internal static long? ParseKilobytes(string status, string key)
    {
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(key, StringComparison.Ordinal))
                continue;
            var number = line[key.Length..].Trim();
            return
                number.EndsWith(" kB", StringComparison.Ordinal)
                && long.TryParse(number[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var kib)
                ? kib * 1024
                : null;
        }
        return null;
    }

    private void Refresh()
    {
        // Samples must not accumulate behind a slow driver: the next one waits for the late one.
        if (!_sampling.TryEnter())
            return;
        try
        {
            if (!_disposed)
                _last = Sample();
        }
        finally
        {
            _sampling.Exit();
        }
    }

    private MachineReading Sample()
    {
        var (used, total) = DeviceMemory();
        return new MachineReading(used, total, _nvml?.BusyPercent, _nvml?.TemperatureC, _nvml?.PowerWatts, ProcessBytes());
    }

    private (long? Used, long? Total) DeviceMemory()
    {
        if (_gpu is { IsIntegrated: false })
            return _nvml?.MemoryBytes is { } memory ? (memory.Used, memory.Total) : (null, _gpu.TotalBytes);
        return MachineMemory.TotalBytes() is { } total ? (total - MachineMemory.AvailableBytes(), total) : (null, null);
    }

    private static long ProcessBytes()
    {
        const string Source = "/proc/self/status";
        try
        {
            if (ParseResident(File.ReadAllText(Source)) is { } bytes)
                return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such file outside Linux: the runtime's own count is used.
        }
        return Environment.WorkingSet;
    }
}
