using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class DropoutMaskTests
{
    private const int Rows = 400;
    private const int Columns = 300;

    [Fact]
    public void Keep_SameSeedStepAndSite_GivesTheSameMask() => Assert.Equal(Mask(1, 2, "a", 0.3), Mask(1, 2, "a", 0.3));

    [Theory]
    [InlineData(2UL, 2L, "a")]
    [InlineData(1UL, 3L, "a")]
    [InlineData(1UL, 2L, "b")]
    public void Keep_OtherSeedStepOrSite_GivesAnIndependentMask(ulong seed, long step, string site) =>
        Assert.InRange(Correlation(Mask(1, 2, "a", 0.3), Mask(seed, step, site, 0.3)), -Bound(Rows * Columns), Bound(Rows * Columns));

    [Fact]
    public void Keep_AnyRate_KeepsAndScalesWithinStatisticalBounds() =>
        Property.Holds(
            30,
            random =>
            {
                var rate = random.NextDouble() * 0.9;
                var mask = Mask((ulong)random.Next(), random.Next(1000), "site" + random.Next(), rate);
                var kept = mask.Count(m => m != 0);
                Assert.All(mask, m => Assert.True(m == 0 || Math.Abs(m - 1 / (1 - rate)) < 1e-12));
                var deviation = Math.Sqrt(rate * (1 - rate) * mask.Length);
                Assert.InRange(kept, (1 - rate) * mask.Length - 5 * deviation, (1 - rate) * mask.Length + 5 * deviation);
            }
        );

    [Fact]
    public void Keep_RateZero_KeepsEverything() => Assert.All(Mask(1, 2, "a", 0), m => Assert.Equal(1, m));

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(2, 0.5)]
    [InlineData(3, 0.05)]
    public void Keep_PairsOfRowsAndOfColumns_AreUncorrelated(ulong seed, double rate)
    {
        var mask = Mask(seed, 7, "model.language_model.layers.0.self_attn.q_proj", rate);
        var rows = Enumerable.Range(0, Rows).Select(r => mask[(r * Columns)..((r + 1) * Columns)]).ToArray();
        var columns = Enumerable
            .Range(0, Columns)
            .Select(c => Enumerable.Range(0, Rows).Select(r => mask[r * Columns + c]).ToArray())
            .ToArray();
        foreach (var (lines, length) in new[] { (rows, Columns), (columns, Rows) })
        {
            var squares = 0.0;
            var (pairs, worst) = (0, 0.0);
            for (var a = 0; a < lines.Length; a++)
            {
                for (var b = a + 1; b < Math.Min(lines.Length, a + 60); b++, pairs++)
                {
                    var r = Correlation(lines[a], lines[b]);
                    squares += r * r;
                    worst = Math.Max(worst, Math.Abs(r));
                }
            }
            // Independent lines of n elements have correlations of variance 1 / n; some 20,000 pairs stay below 6.5 deviations.
            Assert.InRange(squares / pairs * length, 0.9, 1.1);
            Assert.True(worst < 6.5 / Math.Sqrt(length), $"two lines correlate with {worst}");
        }
    }

    [Fact]
    public void Keep_OnTheCpuInAnyType_DropsTheSameElements()
    {
        using var scope = new TensorScope();
        var masks = new DropoutMasks(4, 5);
        var wide = masks.Keep(Tensor.Empty([20, 30], DType.Float64, Device.Cpu), "x", 0.4).ToDoubles();
        var narrow = masks.Keep(Tensor.Empty([20, 30], DType.BFloat16, Device.Cpu), "x", 0.4).ToDoubles();
        Assert.Equal(wide.Select(w => w == 0), narrow.Select(n => n == 0));
    }

    [Fact]
    public void Keep_FewerRows_IsTheTopOfTheLargerMask()
    {
        using var scope = new TensorScope();
        var masks = new DropoutMasks(4, 5);
        var few = masks.Keep(Tensor.Empty([3, 7], DType.Float64, Device.Cpu), "x", 0.4).ToDoubles();
        var many = masks.Keep(Tensor.Empty([9, 7], DType.Float64, Device.Cpu), "x", 0.4).ToDoubles();
        Assert.Equal(few, many[..21]);
    }

    // Five deviations of the correlation of two independent series.
    private static double Bound(int count) => 5 / Math.Sqrt(count);

    private static double[] Mask(ulong seed, long step, string site, double rate)
    {
        using var scope = new TensorScope();
        var x = Tensor.Empty([Rows, Columns], DType.Float64, Device.Cpu);
        return new DropoutMasks(seed, step).Keep(x, site, rate).ToDoubles();
    }

    private static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        double ab = 0,
            aa = 0,
            bb = 0;
        for (var i = 0; i < a.Length; i++)
        {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.Sqrt(aa * bb);
    }
}
