using Litre.Machine.Sensors;

namespace Litre.Machine.Governing;

/// <summary>A GPU through NVIDIA's management library, without CUDA and without libtorch. Thread-safe until disposed.</summary>
public sealed class NvmlSensor : IGpuSensor
{
    private readonly Nvml _nvml;

    private NvmlSensor(Nvml nvml) => _nvml = nvml;

    /// <summary>The GPU at a PCI address, or the first if none is named; null if there is none to query.</summary>
    public static NvmlSensor? Open(string? pciBusId) =>
        (pciBusId is null ? Nvml.OpenFirst() : Nvml.Open(pciBusId)) is { } nvml ? new NvmlSensor(nvml) : null;

    public GpuReading Read()
    {
        var memory = _nvml.MemoryBytes;
        return new GpuReading(
            memory?.Used,
            memory?.Total,
            _nvml.BusyPercent,
            _nvml.TemperatureC,
            _nvml.PowerWatts,
            _nvml.ClockMHz,
            _nvml.IsThermallyThrottled
        );
    }

    public IReadOnlyDictionary<int, long> ProcessBytes() => _nvml.ProcessBytes();

    public void Dispose() => _nvml.Dispose();
}
