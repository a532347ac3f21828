using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>
/// Keeps a process on the CPU within its planned memory. The C library's heap keeps what was freed; between the outputs of the vision
/// tower, which stay allocated, the gaps grow with every step. When the process occupies about as much as was planned, unused pages are
/// returned to the system. This happens a few times per run and changes no number. It is checked after each step and after each batch
/// of an evaluation.
/// </summary>
/// <param name="device">The run's device; nothing is done on a GPU.</param>
/// <param name="plannedBytes">The plan's peak.</param>
public sealed partial class HeapTrimmer(Device device, long plannedBytes) : ITuneObserver
{
    private const string Library = "libc";
    private const string Source = "/proc/self/statm";

    // Below the plan, because a step allocates more before the next check.
    private const double Share = 0.95;

    // If all of it is in use, checking every page after every step would find nothing.
    private const double Growth = 1.05;

    private long _limit = (long)(Share * plannedBytes);

    /// <summary>How often pages were returned.</summary>
    public int TrimCount { get; private set; }

    /// <summary>Returns pages if the process occupies more than its limit.</summary>
    public void TrimIfNeeded()
    {
        if (device.Type != DeviceType.Cpu || Resident() is not { } bytes || bytes <= _limit)
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc keeps so much freed memory that it has such a call.
            _limit = long.MaxValue;
            return;
        }
        TrimCount++;
        _limit = Math.Max(_limit, (long)(Growth * (Resident() ?? 0)));
    }

    public void OnStep(StepRecord step) => TrimIfNeeded();

    public void OnValidation(ValidationRecord validation) => TrimIfNeeded();

    public void OnCheckpoint(string folder, int step) => TrimIfNeeded();

    public void OnEnd(TuneEnd end) => TrimIfNeeded();

    private static long? Resident()
    {
        if (!File.Exists(Source))
            return null;
        var pages = File.ReadAllText(Source).Split(' ');
        return pages.Length > 1 && long.TryParse(pages[1], NumberStyles.None, CultureInfo.InvariantCulture, out var resident)
            ? resident * Environment.SystemPageSize
            : null;
    }

    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
