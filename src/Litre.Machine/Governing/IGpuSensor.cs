namespace Litre.Machine.Governing;

/// <summary>The source of readings of a GPU.</summary>
public interface IGpuSensor : IDisposable
{
    /// <summary>One reading; never throws.</summary>
    GpuReading Read();

    /// <summary>Device memory of each process, by its ID; empty if it is unknown. Never throws.</summary>
    IReadOnlyDictionary<int, long> ProcessBytes();
}

/// <summary>One reading of a GPU; null for what its driver does not report, such as memory on unified machines.</summary>
/// <param name="UsedBytes">Device memory in use by all processes.</param>
/// <param name="TotalBytes">Total device memory.</param>
/// <param name="BusyPercent">Share of the last sampling period in which a kernel ran.</param>
/// <param name="TemperatureC">In degrees Celsius.</param>
/// <param name="PowerWatts">Current power.</param>
/// <param name="ClockMHz">Clock of the multiprocessors.</param>
/// <param name="IsThermallyThrottled">Whether the clocks are lowered because of heat.</param>
public sealed record GpuReading(
    long? UsedBytes = null,
    long? TotalBytes = null,
    int? BusyPercent = null,
    int? TemperatureC = null,
    double? PowerWatts = null,
    int? ClockMHz = null,
    bool? IsThermallyThrottled = null
);
