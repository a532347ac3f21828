namespace Litre.Torch;

/// <summary>
/// Counts every live byte of tensor storage, per kind of device, and records the peak. Thread-safe.
/// Views share their storage and count once. Kernels' internal workspace is not counted.
/// </summary>
public static class MemoryLedger
{
    private static readonly long[] Live = new long[4];
    private static readonly long[] Peak = new long[4];
    private static readonly Lock Gate = new();
    private static MemoryTrace[] _traces = [];

    [ThreadStatic]
    private static MemoryUse _use;

    public static long LiveBytes(DeviceType device) => Interlocked.Read(ref Live[(int)device]);

    public static long PeakBytes(DeviceType device) => Interlocked.Read(ref Peak[(int)device]);

    /// <summary>Starts a new peak measurement from what is alive now.</summary>
    public static void ResetPeak(DeviceType device) => Interlocked.Exchange(ref Peak[(int)device], LiveBytes(device));

    /// <summary>Labels the tensors that this thread makes until the result is disposed. Labels nest.</summary>
    public static Labelled Label(MemoryUse use)
    {
        var before = _use;
        _use = use;
        return new Labelled(before);
    }

    /// <summary>Restores the label before it when disposed.</summary>
    public readonly ref struct Labelled(MemoryUse before)
    {
        public void Dispose() => _use = before;
    }

    internal static MemoryBlock? Add(DeviceType device, long bytes, ReadOnlySpan<long> sizes, DType dtype)
    {
        var live = Interlocked.Add(ref Live[(int)device], bytes);
        long peak;
        while (
            live > (peak = Interlocked.Read(ref Peak[(int)device]))
            && Interlocked.CompareExchange(ref Peak[(int)device], live, peak) != peak
        ) { }

        var traces = Volatile.Read(ref _traces);
        if (traces.Length == 0 || !traces.Any(t => t.Tracks(device)))
            return null;
        var origin = traces.Any(t => t.WantsOrigins && t.Tracks(device)) ? MemoryTrace.Caller() : null;
        var block = new MemoryBlock(device, bytes, sizes.ToArray(), dtype, _use, origin);
        foreach (var trace in traces)
        {
            if (trace.Tracks(device))
                trace.Added(block);
        }
        return block;
    }

    internal static void Remove(DeviceType device, long bytes, MemoryBlock? block)
    {
        Interlocked.Add(ref Live[(int)device], -bytes);
        if (block is null)
            return;
        foreach (var trace in Volatile.Read(ref _traces))
            trace.Removed(block);
    }

    internal static void Attach(MemoryTrace trace)
    {
        lock (Gate)
            _traces = [.. _traces, trace];
    }

    internal static void Detach(MemoryTrace trace)
    {
        lock (Gate)
            _traces = [.. _traces.Where(t => t != trace)];
    }
}
