namespace Litre.Training.Governing;

/// <summary>Where readings of a GPU come from.</summary>
public interface IGpuSensor : IDisposable
{
    /// <summary>One reading; never throws.</summary>
    GpuReading Read();
}
