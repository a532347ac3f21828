using Shared;

namespace Litre.Inference.Tests;

public sealed class SamplerTests
{
    private const int Draws = 20000;

    [Fact]
    public void Draw_AnySettings_FollowsTheTruncatedSoftmax() => Property.Holds(12, random =>
    {
        var logits = random.Doubles(random.Between(2, 12)).Select(v => (float)(v * 3)).ToArray();
        var settings = new GenerationSettings
        {
            Temperature = 0.3 + random.NextDouble() * 2,
            TopK = random.Flip() ? 0 : random.Between(1, logits.Length + 2),
            TopP = random.Flip() ? 1 : 0.2 + random.NextDouble() * 0.8,
        };
        var expected = Expected(logits, settings);
        var counts = new int[logits.Length];
        var source = new Random(random.Next());
        for (var i = 0; i < Draws; i++) counts[Sampler.Draw(logits, settings, source)]++;
        for (var i = 0; i < logits.Length; i++)
        {
            var deviation = Math.Sqrt(Draws * expected[i] * (1 - expected[i]));
            Assert.InRange(counts[i], Draws * expected[i] - 5.5 * deviation - 1e-9, Draws * expected[i] + 5.5 * deviation + 1e-9);
        }
    });

    [Fact]
    public void Draw_HugeLogitsAndTinyTemperature_TakesTheLargest() =>
        Assert.Equal(1, Sampler.Draw([1e30f, 2e30f, -1e30f], new GenerationSettings { Temperature = 1e-3 }, new Random(1)));

    [Fact]
    public void Draw_NucleusSmallerThanTheFirst_TakesTheFirst() =>
        Assert.All(Enumerable.Range(0, 50), seed =>
            Assert.Equal(2, Sampler.Draw([0, 0.1f, 1], new GenerationSettings { Temperature = 1, TopP = 0.01 }, new Random(seed))));

    // By the definition: the k most likely, of these the fewest that reach p, renormalised.
    private static double[] Expected(float[] logits, GenerationSettings settings)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ToArray();
        if (settings.TopK > 0) order = [.. order.Take(settings.TopK)];
        var weights = order.Select(i => Math.Exp(logits[i] / settings.Temperature)).ToArray();
        var total = weights.Sum();
        var count = 1;
        while (count < order.Length && weights.Take(count).Sum() < settings.TopP * total) count++;
        var kept = weights.Take(count).Sum();
        var expected = new double[logits.Length];
        for (var i = 0; i < count; i++) expected[order[i]] = weights[i] / kept;
        return expected;
    }
}
