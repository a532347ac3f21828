namespace Litre.Machine.Governing;

/// <summary>Where readings of a GPU come from.</summary>
public interface IGpuSensor : IDisposable
{
    /// <summary>One reading; never throws.</summary>
    GpuReading Read();

    /// <summary>Device memory of each process, by its number; empty where it is not told. Never throws.</summary>
    IReadOnlyDictionary<int, long> ProcessBytes();
}
