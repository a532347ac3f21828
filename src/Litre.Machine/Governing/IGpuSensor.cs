namespace Litre.Machine.Governing;

/// <summary>Where readings of a GPU come from.</summary>
public interface IGpuSensor : IDisposable
{
    /// <summary>One reading; never throws.</summary>
    GpuReading Read();

    /// <summary>Device memory of each process, by its number; empty where it is not told. Never throws.</summary>
    IReadOnlyDictionary<int, long> ProcessBytes();
}

/// <summary>What one GPU reported at one moment; null where its driver does not say, as of memory on unified machines.</summary>
/// <param name="UsedBytes">Device memory in use by all processes.</param>
/// <param name="TotalBytes">Device memory in all.</param>
/// <param name="BusyPercent">Share of the last sampling period in which a kernel ran.</param>
/// <param name="TemperatureC">In degrees Celsius.</param>
/// <param name="PowerWatts">Drawn now.</param>
/// <param name="ClockMHz">Of the multiprocessors.</param>
/// <param name="IsThermallyThrottled">Whether the clocks are held down because of heat.</param>
public sealed record GpuReading(
    long? UsedBytes = null,
    long? TotalBytes = null,
    int? BusyPercent = null,
    int? TemperatureC = null,
    double? PowerWatts = null,
    int? ClockMHz = null,
    bool? IsThermallyThrottled = null
);
