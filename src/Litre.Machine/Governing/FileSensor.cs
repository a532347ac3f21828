using System.Globalization;

namespace Litre.Machine.Governing;

/// <summary>
/// A GPU of a simulated machine: a file of lines such as <c>temperature_c 71</c> (also <c>used_bytes</c>,
/// <c>total_bytes</c>, <c>busy_percent</c>, <c>power_watts</c>, <c>clock_mhz</c>, <c>thermal_throttle</c> 0 or 1).
/// </summary>
/// <param name="path">The file, which is read each time; missing values are null.</param>
public sealed class FileSensor(string path) : IGpuSensor
{
    public GpuReading Read()
    {
        var values = new Dictionary<string, double>();
        foreach (var line in MachineSources.Lines(path))
        {
            if (
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var text]
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            )
                values[name] = value;
        }
        double? Value(string name) => values.TryGetValue(name, out var value) ? value : null;
        return new GpuReading(
            (long?)Value("used_bytes"),
            (long?)Value("total_bytes"),
            (int?)Value("busy_percent"),
            (int?)Value("temperature_c"),
            Value("power_watts"),
            (int?)Value("clock_mhz"),
            Value("thermal_throttle") is { } throttle ? throttle > 0 : null
        );
    }

    public IReadOnlyDictionary<int, long> ProcessBytes() => new Dictionary<int, long>();

    public void Dispose() { }
}
