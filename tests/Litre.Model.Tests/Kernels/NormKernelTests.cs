using Litre.Kernels;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class NormKernelTests
{
    private const double Eps = 1e-6;

    // From one chunk to rows that fill a block's threads four times.
    private static int Width(Random random) => 8 * (random.Flip() ? random.Between(1, 40) : random.Between(40, 1024));

    [Fact]
    public void AddRmsNorm_RandomShapes_EqualsItsFormula() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                var (rows, width) = (random.Between(0, 6), Width(random));
                var (x, delta, weight) = (
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, width)
                );
                var found = emulator.Run(() =>
                {
                    var (h, y, rstd) = KernelOps.AddRmsNorm(x.Tensor, delta.Tensor, weight.Tensor, Eps);
                    return [h, y, rstd];
                });
                // The norm is of the sum as it is stored, which is the sum of plain operators to the bit.
                Assert.Equal(Ops.Add(x.Tensor, delta.Tensor).ToDoubles(), found[0].ToDoubles());
                var h = found[0].ToDoubles();
                var roots = Roots(h, rows, width);
                Bf16Values.Near([.. h.Select((v, i) => v * roots[i / width] * weight[i % width])], found[1]);
                Bf16Values.Near(roots, found[2], i => roots[i]);
                Assert.Equal([rows, 1], found[2].Sizes.ToArray());

                // The norm alone has the same bits.
                var given = emulator.Run(() =>
                {
                    var (same, y, rstd) = KernelOps.AddRmsNorm(found[0], null, weight.Tensor, Eps);
                    Assert.Same(found[0], same);
                    return [y, rstd];
                });
                Assert.All(given.Zip(found.Skip(1)), pair => Assert.Equal(pair.Second.ToDoubles(), pair.First.ToDoubles()));
            }
        );

    [Fact]
    public void RmsNormBackwardAdd_RandomShapes_EqualsItsFormula() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                var (rows, width) = (random.Between(0, 6), Width(random));
                var (x, dY, residual, weight) = (
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, width)
                );
                var roots = Roots(x.Values, rows, width);
                var rstd = Tensor.From<float>([.. roots.Select(r => (float)r)], [rows, 1], Device.Cpu);
                var found = emulator.Run(() => [KernelOps.RmsNormBackwardAdd(dY.Tensor, x.Tensor, rstd, weight.Tensor, residual.Tensor)])[
                    0
                ];
                var expected = residual.Values.ToArray();
                for (var row = 0; row < rows; row++)
                {
                    var all = Enumerable.Range(row * width, width).ToList();
                    double Slope(int i) => dY[i] * weight[i % width];
                    var mean = all.Average(i => x[i] * roots[row] * Slope(i));
                    foreach (var i in all)
                        expected[i] += roots[row] * (Slope(i) - x[i] * roots[row] * mean);
                }
                Bf16Values.Near(expected, found, i => 16 * Math.Max(1, roots[i / width]));
            }
        );

    [Fact]
    public void AddLayerNorm_RandomShapes_EqualsItsFormula() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                var (rows, width) = (random.Between(0, 6), random.Between(0, 4) == 0 ? 1152 : Width(random));
                // Some rows lie far from zero, where a mean of squares would lose the deviations.
                var far = Tensor
                    .From<float>([.. Enumerable.Range(0, rows * width).Select(i => i / width % 2 * 50f)], [rows, width], Device.Cpu)
                    .To(DType.BFloat16);
                var x = Bf16Values.Of(Ops.Add(Bf16Values.Random(random, rows, width).Tensor, far));
                var (delta, weight, bias) = (
                    Bf16Values.Random(random, rows, width),
                    Bf16Values.Random(random, width),
                    Bf16Values.Random(random, width)
                );
                var found = emulator.Run(() =>
                {
                    var (h, y, mean, rstd) = KernelOps.AddLayerNorm(x.Tensor, delta.Tensor, weight.Tensor, bias.Tensor, Eps);
                    return [h, y, mean, rstd];
                });
                // As plain operators: the norm is of the rounded sum.
                Assert.Equal(Ops.Add(x.Tensor, delta.Tensor).ToDoubles(), found[0].ToDoubles());
                var h = found[0].ToDoubles();
                double[] means = [.. Enumerable.Range(0, rows).Select(r => h.Skip(r * width).Take(width).Average())];
                double[] centred = [.. h.Select((v, i) => v - means[i / width])];
                var roots = Roots(centred, rows, width);
                Bf16Values.Near(
                    [.. centred.Select((v, i) => v * roots[i / width] * weight[i % width] + bias[i % width])],
                    found[1],
                    i => 16 * Math.Max(1, roots[i / width])
                );
                Bf16Values.Near(means, found[2], _ => 8);
                Bf16Values.Near(roots, found[3], i => 8 * roots[i]);
                Assert.All(found[2..], statistic => Assert.Equal($"({rows}, 1) float32 cpu", statistic.ToString()));

                // Recomputation starts from the sum and must have the same bits.
                var given = emulator.Run(() =>
                {
                    var (same, y, mean, rstd) = KernelOps.AddLayerNorm(found[0], null, weight.Tensor, bias.Tensor, Eps);
                    Assert.Same(found[0], same);
                    return [y, mean, rstd];
                });
                Assert.All(given.Zip(found.Skip(1)), pair => Assert.Equal(pair.Second.ToDoubles(), pair.First.ToDoubles()));
            }
        );

    [Theory]
    [InlineData(8, true)]
    [InlineData(2048, true)]
    [InlineData(8192, true)]
    [InlineData(0, false)]
    [InlineData(12, false)]
    [InlineData(8200, false)]
    public void HasResidualNorm_Widths_AreWholeVectorsThatFitABlock(int width, bool has) =>
        Assert.Equal(has, KernelOps.HasResidualNorm(width));

    // A thread keeps as few chunks as a block of 256 takes, and a block has no warp without one.
    [Theory]
    [InlineData(8, "add_rms_norm_1")]
    [InlineData(1152, "add_rms_norm_1")]
    [InlineData(2048, "add_rms_norm_1")]
    [InlineData(2056, "add_rms_norm_2")]
    [InlineData(4096, "add_rms_norm_2")]
    [InlineData(5120, "add_rms_norm_4")]
    public void AddRmsNorm_Widths_TakeTheKernelOfTheirChunks(int width, string kernel)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var (x, weight) = (Tensor.Zeros([1, width], DType.BFloat16, Device.Cpu), Tensor.Zeros([width], DType.BFloat16, Device.Cpu));
        KernelOps.AddRmsNorm(x, x, weight, Eps);
        Assert.Equal([kernel], emulator.Started);
    }

    private static double[] Roots(double[] x, int rows, int width) =>
        [.. Enumerable.Range(0, rows).Select(r => 1 / Math.Sqrt(x.Skip(r * width).Take(width).Average(v => v * v) + Eps))];
}
