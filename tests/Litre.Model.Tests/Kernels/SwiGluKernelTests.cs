using Litre.Kernels;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class SwiGluKernelTests
{
    // Widths that are whole vectors and others; rows wider than a warp's share.
    private static int Width(Random random) => random.Flip() ? 8 * random.Between(1, 60) : random.Between(1, 90);

    [Fact]
    public void Forward_RandomShapes_EqualsItsFormula() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (rows, width) = (random.Between(0, 20), Width(random));
                var inner = Bf16Values.Random(random, rows, 2 * width);
                var weights = random.Flip() ? Bf16Values.Random(random, rows, 1) : null;
                var h = emulator.Run(() => [KernelOps.SwiGlu(inner.Tensor, weights?.Tensor)])[0];
                var expected = new double[rows * width];
                for (var i = 0; i < expected.Length; i++)
                {
                    var (gate, up) = Halves(inner, i, width);
                    expected[i] = gate / (1 + Math.Exp(-gate)) * up * (weights?[i / width] ?? 1);
                }
                Bf16Values.Near(expected, h, i => Math.Abs(expected[i]));
            }
        );

    [Fact]
    public void Backward_RandomShapes_EqualsItsFormula() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (rows, width) = (random.Between(0, 20), Width(random));
                var (inner, dH) = (Bf16Values.Random(random, rows, 2 * width), Bf16Values.Random(random, rows, width));
                var weights = random.Flip() ? Bf16Values.Random(random, rows, 1) : null;
                var found = emulator.Run(() =>
                {
                    var (dInner, dWeights) = KernelOps.SwiGluBackward(dH.Tensor, inner.Tensor, weights?.Tensor);
                    return [dInner, dWeights];
                });
                var (expected, slopes, sizes) = (new double[rows * 2 * width], new double[rows], new double[rows]);
                for (var i = 0; i < rows * width; i++)
                {
                    var (row, column) = (i / width, i % width);
                    var (gate, up) = Halves(inner, i, width);
                    var sigmoid = 1 / (1 + Math.Exp(-gate));
                    var d = dH[i] * (weights?[row] ?? 1);
                    expected[row * 2 * width + column] = d * up * sigmoid * (1 + gate * (1 - sigmoid));
                    expected[row * 2 * width + width + column] = d * gate * sigmoid;
                    slopes[row] += dH[i] * gate * sigmoid * up;
                    sizes[row] += Math.Abs(dH[i] * gate * sigmoid * up);
                }
                // Where the derivative of silu crosses zero, its terms are as large as d * up.
                Bf16Values.Near(expected, found[0], _ => 64);
                Assert.Equal(weights is not null, found.Length == 2);
                if (weights is null)
                    return;
                Assert.Equal(DType.Float32, found[1].DType);
                Bf16Values.Near(slopes, found[1], i => sizes[i]);
            }
        );

    [Theory]
    [InlineData(100f)]
    [InlineData(-100f)]
    [InlineData(-1e38f)]
    [InlineData(1e38f)]
    public void ForwardAndBackward_GateFarFromZero_StaysFinite(float gate)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var inner = Tensor.From<float>([gate, 0.5f], [1, 2], Device.Cpu).To(DType.BFloat16);
        var one = Tensor.Full([1, 1], 1, DType.BFloat16, Device.Cpu);
        Assert.Equal(gate > 0 ? gate / 2 : 0, KernelOps.SwiGlu(inner, null).Item(), Math.Abs(gate) / 200);
        Assert.All(KernelOps.SwiGluBackward(one, inner, one).DInner.ToDoubles(), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void Kernels_AlignedAndOtherRows_TakeTheirVariant()
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var whole = Tensor.Zeros([3, 32], DType.BFloat16, Device.Cpu);
        KernelOps.SwiGlu(whole, null);
        KernelOps.SwiGlu(Tensor.Zeros([3, 30], DType.BFloat16, Device.Cpu), null);
        // A view that starts between two vectors.
        KernelOps.SwiGlu(Tensor.Zeros([64], DType.BFloat16, Device.Cpu).Slice(0, 1, 32).View(1, 32), null);
        Assert.Equal(["swiglu_forward_8", "swiglu_forward_1", "swiglu_forward_1"], emulator.Started);
    }

    [Fact]
    public void Operands_OfOtherTypesOrStrides_AreRefused()
    {
        using var scope = new TensorScope();
        var inner = Tensor.Zeros([3, 32], DType.BFloat16, Device.Cpu);
        Assert.Contains("bfloat16", Assert.Throws<ArgumentException>(() => KernelOps.SwiGlu(inner.To(DType.Float32), null)).Message);
        Assert.Contains("dense", Assert.Throws<ArgumentException>(() => KernelOps.SwiGlu(inner.Slice(1, 0, 16), null)).Message);
        Assert.Contains(
            "(3, 1)",
            Assert.Throws<ArgumentException>(() => KernelOps.SwiGlu(inner, Tensor.Zeros([2, 1], DType.BFloat16, Device.Cpu))).Message
        );
    }

    private static (double Gate, double Up) Halves(Bf16Values inner, int i, int width)
    {
        var (row, column) = (i / width, i % width);
        return (inner[row * 2 * width + column], inner[row * 2 * width + width + column]);
    }
}
