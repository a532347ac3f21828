namespace Litre.Machine.Sensors;

/// <summary>What the machine reported at one moment; null where it does not say.</summary>
/// <param name="DeviceUsedBytes">Device memory in use, or machine memory in use where both are one pool.</param>
/// <param name="DeviceTotalBytes">Of the device, or of the machine.</param>
/// <param name="GpuBusyPercent">Share of the last second in which a kernel ran.</param>
/// <param name="TemperatureC">Of the GPU, in degrees Celsius.</param>
/// <param name="PowerWatts">Of the GPU.</param>
/// <param name="ProcessBytes">Resident memory of this process.</param>
public sealed record MachineReading(
    long? DeviceUsedBytes,
    long? DeviceTotalBytes,
    int? GpuBusyPercent,
    int? TemperatureC,
    double? PowerWatts,
    long ProcessBytes
);
