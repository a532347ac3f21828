using System.Diagnostics;
using Litre.Torch;

namespace Litre.Planning;

/// <summary>How fast a machine works, as a program can expect it.</summary>
/// <param name="NarrowFlops">Products of 16-bit numbers, in operations a second.</param>
/// <param name="WideFlops">Products of float32 numbers.</param>
/// <param name="AttentionShare">Share of these that fused attention reaches.</param>
/// <param name="BytesPerSecond">Memory, read and written.</param>
/// <param name="OperatorSeconds">What every operator takes besides: its start, its end, and kernels it starts inside.</param>
/// <param name="HostSeconds">What the host needs to start an operator on another device; 0 where it computes itself.</param>
/// <param name="IsMeasured">Measured on this machine just now, or from the vendor's figures.</param>
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
    private const double CpuOperatorSeconds = 4e-6; // a call through the interface, and the binding around it

    /// <summary>The processor's rates for a type, from one product and one addition; takes about a tenth of a second.</summary>
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
