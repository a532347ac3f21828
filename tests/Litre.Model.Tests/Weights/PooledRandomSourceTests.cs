using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Tests.Weights;

public sealed class PooledRandomSourceTests
{
    private const int Pool = 8191;

    [Fact]
    public void Make_Twice_GivesTheSameNumbers_OfTheDeviationAsked()
    {
        var first = Values("model.language_model.layers.0.mlp.gate_proj.weight", 40, 1000);
        Assert.Equal(first, Values("model.language_model.layers.0.mlp.gate_proj.weight", 40, 1000));
        Assert.NotEqual(first, Values("model.language_model.layers.0.mlp.up_proj.weight", 40, 1000));
        Assert.Equal(0.02, Math.Sqrt(first.Average(x => x * x)), 5e-4);
        Assert.InRange(first.Average(), -5e-4, 5e-4);
    }

    // Longer than the pool, which begins anew: a prime length leaves no two rows alike.
    [Fact]
    public void Make_MoreThanThePool_HasNoRowTwice()
    {
        var values = Values("weight", 64, 512);
        Assert.Equal(64, values.Chunk(512).Select(row => string.Join(' ', row.Take(8))).Distinct().Count());
    }

    [Theory]
    [InlineData("model.language_model.norm.weight", 1)]
    [InlineData("model.visual.blocks.0.attn.proj.bias", 0)]
    public void Make_NormOrBias_IsConstant(string key, double expected) => Assert.All(Values(key, 1, 9), x => Assert.Equal(expected, x));

    private static double[] Values(string key, params long[] sizes)
    {
        using var source = new PooledRandomSource(DType.Float32, Device.Cpu, seed: 5, size: Pool);
        using var made = source.Make(key, sizes);
        return made.Value.ToDoubles();
    }
}
