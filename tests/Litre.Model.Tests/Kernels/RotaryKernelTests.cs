using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class RotaryKernelTests
{
    [Fact]
    public void ForwardAndBackward_RandomHeads_EqualTheirFormulas() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                var (patches, heads, width) = (random.Between(0, 9), random.Between(1, 5), 2 * random.Between(1, 40));
                using var table = Table(random, patches, width);
                var (cosTable, sinTable) =
                    patches > 0
                        ? (table.Cos, table.Sin)
                        : (Tensor.Empty([0, 1, width], DType.Float32, Device.Cpu), Tensor.Empty([0, 1, width], DType.Float32, Device.Cpu));
                var (cos, sin) = (cosTable.ToDoubles(), sinTable.ToDoubles());
                int Opposite(int i) => (i + width / 2) % width;

                var qkv = Bf16Values.Random(random, patches, 3 * heads * width);
                var rotated = emulator.Run(() => [KernelOps.RotateQueriesAndKeys(qkv.Tensor, cosTable, sinTable, heads)])[0];
                var expected = new double[patches * 2 * heads * width];
                for (var item = 0; item < expected.Length; item++)
                {
                    var (t, head, i) = (item / (2 * heads * width), item / width % (2 * heads), item % width);
                    double X(int at) => qkv[(t * 3 * heads + head) * width + at];
                    expected[item] = cos[t * width + i] * X(i) + sin[t * width + i] * X(Opposite(i));
                }
                Bf16Values.Near(expected, rotated, _ => 8);

                Bf16Values[] slopes = [.. Enumerable.Range(0, 3).Select(_ => Bf16Values.Random(random, patches, heads, width))];
                var back = emulator.Run(() =>
                    [KernelOps.RotateQueriesAndKeysBackward(slopes[0].Tensor, slopes[1].Tensor, slopes[2].Tensor, cosTable, sinTable)]
                )[0];
                expected = new double[patches * 3 * heads * width];
                for (var item = 0; item < expected.Length; item++)
                {
                    var (t, head, i) = (item / (3 * heads * width), item / width % (3 * heads), item % width);
                    double Slope(int at) => slopes[head / heads][(t * heads + head % heads) * width + at];
                    // The transposed rotation: what i gave to itself, and what it gave to its opposite.
                    expected[item] =
                        head >= 2 * heads ? Slope(i) : cos[t * width + i] * Slope(i) + sin[t * width + Opposite(i)] * Slope(Opposite(i));
                }
                Bf16Values.Near(expected, back, _ => 8);
                Assert.Equal(patches == 0, emulator.Started.Count == 0);
                emulator.Started.Clear();
            }
        );

    [Theory]
    [InlineData(72, "rotary_forward_4", "rotary_backward_4")]
    [InlineData(12, "rotary_forward_1", "rotary_backward_1")]
    public void VisionRotation_KernelAndPlainOperators_Agree(int width, string forward, string backward)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var random = new Random(width);
        using var table = Table(random, 5, width);
        var (qkv, dQ, dK, dV) = (
            Bf16Values.Random(random, 5, 6 * width),
            Bf16Values.Random(random, 5, 2, width),
            Bf16Values.Random(random, 5, 2, width),
            Bf16Values.Random(random, 5, 2, width)
        );
        var (y, dX) = Run();
        Assert.Equal([forward, backward], emulator.Started);
        emulator.Dispose();
        var (plainY, plainDX) = Run();
        Assert.InRange(FusedOperation.ErrorOf(y, plainY), 0, 2e-3);
        Assert.InRange(FusedOperation.ErrorOf(dX, plainDX), 0, 2e-3);

        (Tensor Y, Tensor DX) Run() =>
            (
                VisionRotation.Forward(qkv.Tensor, table, 2, new KernelPolicy()),
                VisionRotation.Backward(dQ.Tensor, dK.Tensor, dV.Tensor, table, new KernelPolicy())
            );
    }

    private static Rotary Table(Random random, int patches, int width) =>
        new([.. Enumerable.Range(0, patches * width / 2).Select(_ => 7 * random.NextSingle())], patches, DType.Float32, Device.Cpu);
}
