namespace Litre.Machine.Sensors;

/// <summary>One reading of the machine; null for what it does not report.</summary>
/// <param name="DeviceUsedBytes">Device memory in use, or machine memory in use if both share one pool.</param>
/// <param name="DeviceTotalBytes">Total memory of the device, or of the machine.</param>
/// <param name="GpuBusyPercent">Share of the last second in which a kernel ran.</param>
/// <param name="TemperatureC">Temperature of the GPU, in degrees Celsius.</param>
/// <param name="PowerWatts">Power of the GPU.</param>
/// <param name="ProcessBytes">Resident memory of this process.</param>
public sealed record MachineReading(
    long? DeviceUsedBytes,
    long? DeviceTotalBytes,
    int? GpuBusyPercent,
    int? TemperatureC,
    double? PowerWatts,
    long ProcessBytes
);
