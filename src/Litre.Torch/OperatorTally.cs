namespace Litre.Torch;

/// <summary>
/// Adds up what operators on a meta device would do: floating-point operations and bytes read and written, and the time
/// that each operator takes at least, being bound by one or the other (the roofline of Williams and others 2009).
/// </summary>
/// <param name="narrowFlopsPerSecond">Rate of products of 16-bit numbers.</param>
/// <param name="wideFlopsPerSecond">Rate of products of wider numbers.</param>
/// <param name="attentionShare">Share of these rates that fused attention reaches.</param>
/// <param name="bytesPerSecond">Rate of the memory.</param>
public sealed class OperatorTally(double narrowFlopsPerSecond, double wideFlopsPerSecond, double attentionShare, double bytesPerSecond)
{
    /// <summary>Counts memory alone.</summary>
    public OperatorTally()
        : this(1, 1, 1, 1) { }

    /// <summary>Operations of products and attention; others are bound by their traffic.</summary>
    public double Flops { get; private set; }

    public double Bytes { get; private set; }

    public long Operators { get; private set; }

    /// <summary>Time of the operators that arithmetic bounds.</summary>
    public double ArithmeticSeconds { get; private set; }

    /// <summary>Time of those that memory bounds.</summary>
    public double TrafficSeconds { get; private set; }

    public double Seconds => ArithmeticSeconds + TrafficSeconds;

    /// <summary>The most memory that one operator takes for itself beside its operands and results, where that is known.</summary>
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
