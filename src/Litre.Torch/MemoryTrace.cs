using System.Diagnostics;

namespace Litre.Torch;

/// <summary>
/// Follows the tensors that are made and freed on some kinds of device, and reports those that were alive at the peak. Costs a list
/// entry per allocation. Thread-safe.
/// </summary>
public sealed class MemoryTrace : IDisposable
{
    // Frames of the engine and the runtime are not informative; for weights their owner matters, not their reader.
    private const string Program = "Litre.";
    private static readonly string[] Engine = ["Litre.Torch", "Litre.Kernels"];
    private const string Reader = "Source";

    private readonly Lock _gate = new();
    private readonly DeviceType[] _devices;
    private readonly bool _origins;
    private readonly HashSet<MemoryBlock> _live = [];
    private readonly List<(MemoryBlock Block, bool Added)> _log = [];
    private List<MemoryBlock> _start = [];
    private int _peakAt;

    /// <param name="devices">The kinds of device whose tensors are counted together.</param>
    /// <param name="origins">Also record which method made each tensor; costs about 20 us per allocation.</param>
    public MemoryTrace(ReadOnlySpan<DeviceType> devices, bool origins = false)
    {
        _devices = devices.ToArray();
        _origins = origins;
        MemoryLedger.Attach(this);
    }

    /// <summary>Whether new tensors are followed; those already followed continue to be.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Live bytes of the tensors that were made while the trace was active.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The maximum of live bytes since it was opened or restarted.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Starts a new peak from what is alive now.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _start = [.. _live];
            _log.Clear();
            _peakAt = 0;
            PeakBytes = LiveBytes;
        }
    }

    /// <summary>Everything that was alive at the peak.</summary>
    public IReadOnlyList<MemoryBlock> AtPeak()
    {
        lock (_gate)
        {
            var alive = new HashSet<MemoryBlock>(_start);
            foreach (var (block, added) in _log.Take(_peakAt))
            {
                if (added)
                    alive.Add(block);
                else
                    alive.Remove(block);
            }
            return [.. alive];
        }
    }

    public void Dispose() => MemoryLedger.Detach(this);

    internal bool Tracks(DeviceType device) => IsActive && Array.IndexOf(_devices, device) >= 0;

    internal bool WantsOrigins => _origins;

    internal void Added(MemoryBlock block)
    {
        lock (_gate)
        {
            _live.Add(block);
            _log.Add((block, true));
            LiveBytes += block.Bytes;
            if (LiveBytes <= PeakBytes)
                return;
            PeakBytes = LiveBytes;
            _peakAt = _log.Count;
        }
    }

    internal void Removed(MemoryBlock block)
    {
        lock (_gate)
        {
            if (!_live.Remove(block))
                return;
            _log.Add((block, false));
            LiveBytes -= block.Bytes;
        }
    }

    /// <summary>
    /// The first method outside the engine on the call stack, and the type that it works for, such as
    /// <c>Linear.Forward in TextAttention</c>.
    /// </summary>
    internal static string? Caller()
    {
        (string Type, string Text)? maker = null;
        foreach (var frame in new StackTrace(2, false).GetFrames())
        {
            if (frame.GetMethod() is not { DeclaringType: { } type } method)
                continue;
            if (
                type.Namespace is not { } space
                || !space.StartsWith(Program, StringComparison.Ordinal)
                || Engine.Any(name => space.StartsWith(name, StringComparison.Ordinal))
            )
                continue;
            while (type.Name.Contains('<', StringComparison.Ordinal) && type.DeclaringType is { } outer)
                type = outer;
            if (type.Name.EndsWith(Reader, StringComparison.Ordinal))
                continue;
            if (maker is null)
                maker = (type.Name, $"{type.Name}.{Readable(method.Name)}");
            else if (type.Name != maker.Value.Type)
                return $"{maker.Value.Text} in {type.Name}";
        }
        return maker?.Text;
    }

    // <Pack>g__Upload|0 is a local function of Pack; .ctor is the name of a constructor.
    private static string Readable(string method) =>
        method == ".ctor" ? "new"
        : method.StartsWith('<') && method.IndexOf('>', StringComparison.Ordinal) is var end && end > 1 ? method[1..end]
        : method;
}
