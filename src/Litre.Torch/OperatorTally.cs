namespace Litre.Torch;

/// <summary>
/// Adds up what operators on a meta device would do: floating-point operations and bytes read and written, and the time
/// that each operator needs at least, bound by one or the other (the roofline model, Williams et al. 2009).
/// </summary>
/// <param name="narrowFlopsPerSecond">Rate of products of 16-bit numbers.</param>
/// <param name="wideFlopsPerSecond">Rate of products of wider numbers.</param>
/// <param name="attentionShare">Share of these rates that fused attention reaches.</param>
/// <param name="bytesPerSecond">Rate of the memory.</param>
public sealed class OperatorTally(double narrowFlopsPerSecond, double wideFlopsPerSecond, double attentionShare, double bytesPerSecond)
{
    /// <summary>Counts memory only.</summary>
    public OperatorTally()
        : this(1, 1, 1, 1) { }

    /// <summary>Floating-point operations of products and attention; other operators are bound by memory traffic.</summary>
    public double Flops { get; private set; }

    public double Bytes { get; private set; }

    public long Operators { get; private set; }

    /// <summary>Time of the operators that are bound by arithmetic.</summary>
    public double ArithmeticSeconds { get; private set; }

    /// <summary>Time of the operators that are bound by memory.</summary>
    public double TrafficSeconds { get; private set; }

    public double Seconds => ArithmeticSeconds + TrafficSeconds;

    /// <summary>The largest known workspace of one operator, in addition to its operands and results.</summary>
    public long WorkspaceBytes { get; private set; }

    internal void NoteWorkspace(long bytes) => WorkspaceBytes = Math.Max(WorkspaceBytes, bytes);

    // gain: how much faster than other fused attention this one is.
    internal void Add(double flops, DType dtype, double bytes, bool attention = false, double gain = 1)
    {
        Operators++;
        Flops += flops;
        Bytes += bytes;
        var arithmetic =
            flops / (dtype.Bytes() <= 2 ? narrowFlopsPerSecond : wideFlopsPerSecond) / (attention ? Math.Min(1, gain * attentionShare) : 1);
        var traffic = bytes / bytesPerSecond;
        if (arithmetic > traffic)
            ArithmeticSeconds += arithmetic;
        else
            TrafficSeconds += traffic;
    }
}
