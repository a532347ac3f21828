namespace Litre.Torch;

/// <summary>
/// Counts every live byte of tensor storage, per device kind, and remembers the peak. Thread-safe.
/// Views share their storage and count once. Kernels' inner work space is not seen here.
/// </summary>
public static class MemoryLedger
{
    private static readonly long[] Live = new long[3];
    private static readonly long[] Peak = new long[3];

    public static long LiveBytes(DeviceType device) => Interlocked.Read(ref Live[(int)device]);

    public static long PeakBytes(DeviceType device) => Interlocked.Read(ref Peak[(int)device]);

    /// <summary>Starts a new peak measurement from what is alive now.</summary>
    public static void ResetPeak(DeviceType device) =>
        Interlocked.Exchange(ref Peak[(int)device], LiveBytes(device));

    internal static void Add(DeviceType device, long bytes)
    {
        var live = Interlocked.Add(ref Live[(int)device], bytes);
        long peak;
        while (live > (peak = Interlocked.Read(ref Peak[(int)device])))
        {
            if (Interlocked.CompareExchange(ref Peak[(int)device], live, peak) == peak)
            {
                Observer?.Invoke(device, live);
                break;
            }
        }
    }

    internal static void Remove(DeviceType device, long bytes) => Interlocked.Add(ref Live[(int)device], -bytes);

    /// <summary>Called at every new peak with its live bytes; the planner records what stands there.</summary>
    public static Action<DeviceType, long>? Observer { get; set; }
}
