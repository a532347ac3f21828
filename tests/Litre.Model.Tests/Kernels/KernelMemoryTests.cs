using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Tests.Kernels;

/// <summary>A plan counts an operation's memory on a meta device; what runs must take the same.</summary>
public sealed class KernelMemoryTests
{
    // Sizes are whole units of CUDA's allocator, to which a meta device that stands for CUDA rounds.
    private const int Tokens = 256,
        Width = 256,
        Experts = 128,
        Chosen = 4,
        Heads = 3,
        KeyHeads = 1,
        HeadWidth = 64;

    public static TheoryData<string> Operations => [.. Work.Keys];

    private static readonly Dictionary<string, Action<Func<DType, long[], Tensor>>> Work = new()
    {
        ["swiglu"] = make => KernelOps.SwiGlu(Narrow(make, Tokens, 2 * Width), Narrow(make, Tokens, 1)),
        ["swiglu backward"] = make =>
            KernelOps.SwiGluBackward(Narrow(make, Tokens, Width), Narrow(make, Tokens, 2 * Width), Narrow(make, Tokens, 1)),
        ["combine"] = make =>
            KernelOps.CombineRows(Narrow(make, Tokens, Width), make(DType.Int64, [Tokens]), Chosen, Narrow(make, Tokens / Chosen, Width)),
        ["spread"] = make => KernelOps.SpreadRows(Narrow(make, Tokens, Width), make(DType.Int64, [Tokens * Chosen]), Chosen),
        ["route"] = make => KernelOps.Route(Narrow(make, Tokens, Experts), Chosen, null, exact: true),
        ["route backward"] = make =>
            KernelOps.RouteBackward(
                make(DType.Float32, [Tokens, Chosen]),
                make(DType.Float32, [Tokens, Chosen]),
                make(DType.Int64, [Tokens, Chosen]),
                Experts
            ),
        ["route backward of sorted rows"] = make =>
            KernelOps.RouteBackward(
                make(DType.Float32, [Tokens * Chosen, 1]),
                make(DType.Float32, [Tokens, Chosen]),
                make(DType.Int64, [Tokens, Chosen]),
                Experts,
                make(DType.Int64, [Tokens * Chosen])
            ),
        ["sort"] = make => KernelOps.SortByExpert(make(DType.Int64, [Tokens, Chosen]), Narrow(make, Tokens, Chosen), Experts),
        ["rotate heads"] = make =>
            KernelOps.RotateHeads(
                Narrow(make, Tokens, (Heads + 2 * KeyHeads) * HeadWidth),
                Narrow(make, HeadWidth),
                Narrow(make, HeadWidth),
                Narrow(make, Tokens, 1, HeadWidth),
                Narrow(make, Tokens, 1, HeadWidth),
                Heads,
                KeyHeads,
                1e-6
            ),
        ["rotate heads backward"] = make =>
            KernelOps.RotateHeadsBackward(
                Narrow(make, Tokens, Heads, HeadWidth),
                Narrow(make, Tokens, KeyHeads, HeadWidth),
                Narrow(make, Tokens, KeyHeads, HeadWidth),
                Narrow(make, Tokens, (Heads + 2 * KeyHeads) * HeadWidth),
                make(DType.Float32, [Tokens, Heads + KeyHeads, 1]),
                Narrow(make, HeadWidth),
                Narrow(make, HeadWidth),
                Narrow(make, Tokens, 1, HeadWidth),
                Narrow(make, Tokens, 1, HeadWidth)
            ),
        ["residual and norm"] = make =>
            KernelOps.AddRmsNorm(Narrow(make, Tokens, Width), Narrow(make, Tokens, Width), Narrow(make, Width), 1e-6),
        ["norm alone"] = make => KernelOps.AddRmsNorm(Narrow(make, Tokens, Width), null, Narrow(make, Width), 1e-6),
        ["norm backward and residual"] = make =>
            KernelOps.RmsNormBackwardAdd(
                Narrow(make, Tokens, Width),
                Narrow(make, Tokens, Width),
                make(DType.Float32, [Tokens, 1]),
                Narrow(make, Width),
                Narrow(make, Tokens, Width)
            ),
        ["residual and layer norm"] = make =>
            KernelOps.AddLayerNorm(
                Narrow(make, Tokens, Width),
                Narrow(make, Tokens, Width),
                Narrow(make, Width),
                Narrow(make, Width),
                1e-6
            ),
        ["layer norm alone"] = make =>
            KernelOps.AddLayerNorm(Narrow(make, Tokens, Width), null, Narrow(make, Width), Narrow(make, Width), 1e-6),
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_MetaAndReal_TakeTheSameBytesAndStarts(string operation)
    {
        using var emulator = KernelEmulator.Open();
        var real = Measure(Work[operation], Device.Cpu);
        var meta = Measure(Work[operation], Device.Meta(DeviceType.Cuda));
        Assert.Equal(real, meta);
        Assert.Equal(real.Calls, emulator.Started.Count);
        Assert.True(real.Made > 0);
    }

    private static (long Made, long Peak, long Calls) Measure(Action<Func<DType, long[], Tensor>> work, Device device)
    {
        using var scope = new TensorScope();
        var operands = 0L;
        var before = MemoryLedger.LiveBytes(device.Type);
        var (peakBefore, calls) = (0L, 0L);
        work(
            (dtype, sizes) =>
            {
                var tensor = Tensor.Zeros(sizes, dtype, device);
                // The last operand starts the measurement.
                operands = MemoryLedger.LiveBytes(device.Type) - before;
                peakBefore = MemoryLedger.LiveBytes(device.Type);
                calls = Ops.Calls;
                MemoryLedger.ResetPeak(device.Type);
                return tensor;
            }
        );
        // Small tensors are rounded up on meta alone: operands are left out, results are whole units.
        return (
            MemoryLedger.LiveBytes(device.Type) - before - operands,
            MemoryLedger.PeakBytes(device.Type) - peakBefore,
            Ops.Calls - calls
        );
    }

    private static Tensor Narrow(Func<DType, long[], Tensor> make, params long[] sizes) => make(DType.BFloat16, sizes);
}
