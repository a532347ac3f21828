using System.Globalization;
using Litre.Machine.Governing;

namespace Litre.Machine.Doctor;

/// <summary>What the governor can read here, the current readings, and what it does without the others.</summary>
public static class SensorCheck
{
    private const double GiB = 1L << 30;
    private const double Busy = 10; // percent of the time in which tasks wait for memory

    /// <param name="reading">The current reading.</param>
    /// <param name="settings">Floors and limits.</param>
    /// <param name="hasGpu">Whether the driver reports a GPU.</param>
    public static IReadOnlyList<Finding> Check(GovernorReading reading, GovernorSettings settings, bool hasGpu) =>
        [
            Memory(reading, settings),
            Swap(reading),
            Pressure(reading, settings),
            .. hasGpu || reading.Gpu is not null ? Gpu(reading.Gpu, settings) : [NoGpu()],
        ];

    private static Finding Memory(GovernorReading reading, GovernorSettings settings)
    {
        if (reading is not { AvailableBytes: { } available, TotalBytes: { } total })
            return Missing(
                "memory",
                "the kernel does not report MemAvailable",
                "the governor cannot detect a memory shortage here: mount /proc, and plan with less memory (`memory`)"
            );
        var floors = settings.Floors(total);
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{available / GiB:0.0} of {total / GiB:0.0} GiB available; the governor acts below "
                + $"{floors.First / GiB:0.0}, {floors.Second / GiB:0.0} and {floors.Last / GiB:0.0}"
        );
        return available >= floors.First
            ? Ok("memory", seen)
            : new Finding(
                FindingGroup.Sensors,
                "memory",
                FindingLevel.Note,
                seen,
                "end other programs: a run would be split or paused from its first step"
            );
    }

    private static Finding Swap(GovernorReading reading) =>
        reading.SwapUsedBytes is not { } used
            ? Missing("swap", "the kernel does not report it", "the governor uses memory and pressure only")
        : used > 0 && reading.PressurePercent >= Busy
            ? new Finding(
                FindingGroup.Sensors,
                "swap",
                FindingLevel.Note,
                string.Create(CultureInfo.InvariantCulture, $"{used / GiB:0.0} GiB in use, and tasks wait for memory"),
                "end other programs: the machine is swapping"
            )
        : Ok("swap", string.Create(CultureInfo.InvariantCulture, $"{used / GiB:0.0} GiB in use"));

    private static Finding Pressure(GovernorReading reading, GovernorSettings settings) =>
        reading.PressurePercent is not { } percent
            ? Missing(
                "pressure",
                "no /proc/pressure/memory",
                "the governor uses available memory only: boot the kernel with psi=1 to enable it"
            )
        : percent < Busy
            ? Ok(
                "pressure",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"tasks waited for memory {percent:0.0} % of the last 10 s; the limit is {settings.PressurePercent:0} %"
                )
            )
        : new Finding(
            FindingGroup.Sensors,
            "pressure",
            FindingLevel.Note,
            string.Create(CultureInfo.InvariantCulture, $"tasks waited for memory {percent:0.0} % of the last 10 s"),
            "end other programs: memory is already short"
        );

    private static Finding NoGpu() => Ok("GPU", "none to monitor; the governor monitors memory, swap and pressure");

    private static IEnumerable<Finding> Gpu(GpuReading? gpu, GovernorSettings settings)
    {
        if (gpu is null)
        {
            yield return Missing(
                "GPU",
                "libnvidia-ml.so.1 is missing or does not respond",
                "the governor cannot read the GPU's temperature: install the driver's NVML library; the driver lowers clocks in any case"
            );
            yield break;
        }
        var limit = settings.TemperatureC;
        yield return gpu.TemperatureC is not { } celsius
            ? Missing(
                "temperature",
                "the driver does not report it",
                "the governor relies on the driver's own throttling: make sure that the machine is well ventilated"
            )
        : limit > 0 && celsius >= limit
            ? new Finding(
                FindingGroup.Sensors,
                "temperature",
                FindingLevel.Note,
                string.Create(CultureInfo.InvariantCulture, $"{celsius} C, the governor's limit is {limit:0} C"),
                "let it cool down and check its ventilation: a run would be slowed from the start"
            )
        : Ok("temperature", string.Create(CultureInfo.InvariantCulture, $"{celsius} C; the governor slows a run from {limit:0} C"));
        yield return gpu.IsThermallyThrottled switch
        {
            null => Missing("throttling", "the driver does not report it", "the governor uses the temperature only"),
            true => new Finding(
                FindingGroup.Sensors,
                "throttling",
                FindingLevel.Note,
                "clocks are lowered because of heat",
                "check the machine's ventilation, and remove dust"
            ),
            false => Ok("throttling", "none because of heat"),
        };
        // Shown by litre watch and in the metrics; the governor does not need them.
        var shown = new List<string>();
        if (gpu.PowerWatts is { } watts)
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"{watts:0} W"));
        if (gpu.ClockMHz is { } clock)
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"{clock} MHz"));
        if (gpu.BusyPercent is { } busy)
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"{busy} % busy"));
        if (gpu is { UsedBytes: { } used, TotalBytes: { } total })
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"memory {used / GiB:0.0} of {total / GiB:0.0} GiB in use"));
        else
            shown.Add("it reports no memory of its own: the machine's memory applies");
        yield return Ok("power, clocks", string.Join(", ", shown));
    }

    private static Finding Ok(string name, string evidence) => new(FindingGroup.Sensors, name, FindingLevel.Ok, evidence);

    private static Finding Missing(string name, string evidence, string advice) =>
        new(FindingGroup.Sensors, name, FindingLevel.Note, $"not readable: {evidence}", advice);
}
