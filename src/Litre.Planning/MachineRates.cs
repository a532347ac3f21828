using System.Diagnostics;
using Litre.Torch;

namespace Litre.Planning;

/// <summary>The rates of a machine that a program can expect.</summary>
/// <param name="NarrowFlops">Matrix products of 16-bit numbers, in operations per second.</param>
/// <param name="WideFlops">Matrix products of float32 numbers, in operations per second.</param>
/// <param name="AttentionShare">Share of these that fused attention reaches.</param>
/// <param name="BytesPerSecond">Memory bandwidth, read and written.</param>
/// <param name="OperatorSeconds">Overhead of every operator: its start, its end, and the kernels that it launches.</param>
/// <param name="HostSeconds">Host time to start an operator on another device; 0 if the host computes itself.</param>
/// <param name="IsMeasured">True if measured on this machine, false if derived from the vendor's figures.</param>
public sealed record MachineRates(
    double NarrowFlops,
    double WideFlops,
    double AttentionShare,
    double BytesPerSecond,
    double OperatorSeconds,
    double HostSeconds,
    bool IsMeasured
)
{
    private const int Side = 768;
    private const long CopyElements = 1L << 23;
    private const int Attempts = 3;
    private const double CpuAttentionShare = 0.5; // an assumption
    private const double CpuOperatorSeconds = 4e-6; // a call through the interface and its binding

    /// <summary>The processor's rates for a type, from one product and one addition; needs about a tenth of a second.</summary>
    public static MachineRates MeasureCpu(DType dtype)
    {
        using var scope = new TensorScope();
        var a = Tensor.Full([Side, Side], 0.5, dtype, Device.Cpu);
        var x = Tensor.Full([CopyElements], 0.5, dtype, Device.Cpu);
        var product = Best(() => Ops.MatMul(a, a));
        var copy = Best(() => Ops.Add(x, x));
        var flops = 2.0 * Side * Side * Side / product;
        return new MachineRates(flops, flops, CpuAttentionShare, 3.0 * x.Bytes / copy, CpuOperatorSeconds, 0, IsMeasured: true);
    }

    // The first try starts threads and touches memory.
    private static double Best(Func<Tensor> work)
    {
        var best = double.MaxValue;
        for (var i = 0; i < Attempts; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var result = work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
