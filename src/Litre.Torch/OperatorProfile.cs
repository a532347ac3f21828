using System.Diagnostics;
using System.Text;

namespace Litre.Torch;

/// <summary>
/// Measures every operator that this thread calls, from its creation until it is disposed: with a stopwatch on the CPU; on CUDA
/// the device is waited for before and after each call, so that kernels that would overlap with the host do not, and all of
/// them together take longer than without a profile. When off, it costs one test per operator. Profiles do not nest.
/// </summary>
public sealed class OperatorProfile : IDisposable
{
    private readonly Device _device;
    private readonly Dictionary<(string Name, ModelPart Part), Entry> _entries = [];
    private Entry? _last;

    [field: ThreadStatic]
    internal static OperatorProfile? Current { get; private set; }

    /// <summary>Whether this thread's operators are measured.</summary>
    public static bool IsActive => Current is not null;

    [ThreadStatic]
    private static ModelPart _part;

    /// <param name="device">The device whose work is waited for.</param>
    /// <exception cref="InvalidOperationException">This thread is already being profiled.</exception>
    public OperatorProfile(Device device)
    {
        if (Current is not null)
            throw new InvalidOperationException("this thread's operators are already being profiled");
        _device = device;
        Current = this;
    }

    /// <summary>The operators measured so far, the slowest first.</summary>
    public IReadOnlyList<OperatorTime> Operators =>
        [
            .. _entries
                .Select(e => new OperatorTime(e.Key.Name, e.Key.Part, e.Value.Calls, e.Value.Seconds, e.Value.Flops, e.Value.Bytes))
                .OrderByDescending(o => o.Seconds)
                .ThenBy(o => o.Name, StringComparer.Ordinal),
        ];

    /// <summary>
    /// Sets the part of a model that this thread's operators work for until the result is disposed. Labels nest; the innermost counts.
    /// </summary>
    public static Labelled Label(ModelPart part)
    {
        var before = _part;
        _part = part;
        return new Labelled(before);
    }

    /// <summary>A label's end: the one before it holds again.</summary>
    public readonly ref struct Labelled(ModelPart before)
    {
        public void Dispose() => _part = before;
    }

    public void Dispose()
    {
        if (Current == this)
            Current = null;
    }

    internal long Begin()
    {
        _device.Synchronize();
        return Stopwatch.GetTimestamp();
    }

    internal void End(long began, ReadOnlySpan<byte> op, double flops, double bytes)
    {
        _device.Synchronize();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var key = (Encoding.UTF8.GetString(op).Replace("aten::", "", StringComparison.Ordinal), _part);
        if (!_entries.TryGetValue(key, out _last))
            _entries[key] = _last = new Entry();
        _last.Calls++;
        _last.Seconds += seconds;
        _last.Flops += flops;
        _last.Bytes += bytes;
    }

    // A result, which is known only after the call.
    internal void AddBytes(double bytes) => _last!.Bytes += bytes;

    private sealed class Entry
    {
        public long Calls { get; set; }
        public double Seconds { get; set; }
        public double Flops { get; set; }
        public double Bytes { get; set; }
    }
}

/// <summary>The cost of an operator in one part of a model, over all its calls.</summary>
/// <param name="Name">As libtorch calls it, without <c>aten::</c>.</param>
/// <param name="Part">The part that it worked for.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Seconds">Time of all calls.</param>
/// <param name="Flops">Operations of products and attention; 0 for others.</param>
/// <param name="Bytes">Read and written; what is broadcast is read once.</param>
public sealed record OperatorTime(string Name, ModelPart Part, long Calls, double Seconds, double Flops, double Bytes)
{
    /// <summary>Floating-point operations per second; null if it has none.</summary>
    public double? FlopsPerSecond => Flops > 0 && Seconds > 0 ? Flops / Seconds : null;

    public double? BytesPerSecond => Bytes > 0 && Seconds > 0 ? Bytes / Seconds : null;
}
