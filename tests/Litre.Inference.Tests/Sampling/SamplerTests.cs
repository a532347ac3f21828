using Litre.Inference.Sampling;
using Shared;

namespace Litre.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private const int Draws = 20000;
    private const double Unlikely = 2e-8; // of one tail, as 5.5 standard deviations of a normal distribution

    [Fact]
    public void Draw_AnySettings_FollowsTheTruncatedSoftmax() =>
        Property.Holds(
            12,
            random =>
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
                var sampler = new TokenSampler(settings, [], random.Next(), null);
                for (var i = 0; i < Draws; i++)
                    counts[sampler.Next(logits.ToArray()).Token]++;
                for (var i = 0; i < logits.Length; i++)
                {
                    var (atMost, atLeast) = Tails(counts[i], expected[i]);
                    Assert.True(
                        Math.Min(atMost, atLeast) > Unlikely,
                        $"token {i}: drawn {counts[i]} times of {Draws}, with a probability of {expected[i]}"
                    );
                }
            }
        );

    [Theory]
    [InlineData(0, 0, 1, 1)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(Draws, 1, 1, 1)]
    [InlineData(Draws - 1, 1, 0, 1)]
    [InlineData(2, 1e-4, 0.6766764, 0.5940077)] // exact sums of fractions
    public void Tails_KnownCounts_AreTheBinomialOnes(int count, double probability, double atMost, double atLeast)
    {
        var tails = Tails(count, probability);
        Assert.Equal(atMost, tails.AtMost, 1e-6);
        Assert.Equal(atLeast, tails.AtLeast, 1e-6);
    }

    [Fact]
    public void Draw_HugeLogitsAndTinyTemperature_TakesTheLargest() =>
        Assert.Equal(1, Draw([1e30f, 2e30f, -1e30f], new GenerationSettings { Temperature = 1e-3 }, 1));

    [Fact]
    public void Draw_NucleusSmallerThanTheFirst_TakesTheFirst() =>
        Assert.All(
            Enumerable.Range(0, 50),
            seed => Assert.Equal(2, Draw([0, 0.1f, 1], new GenerationSettings { Temperature = 1, TopP = 0.01 }, seed))
        );

    private static int Draw(float[] logits, GenerationSettings settings, int seed) =>
        new TokenSampler(settings, [], seed, null).Next(logits).Token;

    // Exact, since a normal approximation is far off where a token is expected less than ten times.
    private static (double AtMost, double AtLeast) Tails(int count, double probability)
    {
        if (probability is 0 or 1)
        {
            var certain = probability * Draws;
            return (count >= certain ? 1 : 0, count <= certain ? 1 : 0);
        }
        double atMost = 0,
            atLeast = 0,
            log = Draws * Math.Log(1 - probability);
        for (var k = 0; k <= Draws; k++)
        {
            var chance = Math.Exp(log);
            if (k <= count)
                atMost += chance;
            if (k >= count)
                atLeast += chance;
            log += Math.Log((Draws - k) / (k + 1.0) * probability / (1 - probability));
        }
        return (atMost, atLeast);
    }

    // By the definition: the k most likely, of these the fewest that reach p, renormalised.
    private static double[] Expected(float[] logits, GenerationSettings settings)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ToArray();
        if (settings.TopK > 0)
            order = [.. order.Take(settings.TopK)];
        var weights = order.Select(i => Math.Exp(logits[i] / settings.Temperature)).ToArray();
        var total = weights.Sum();
        var count = 1;
        while (count < order.Length && weights.Take(count).Sum() < settings.TopP * total)
            count++;
        var kept = weights.Take(count).Sum();
        var expected = new double[logits.Length];
        for (var i = 0; i < count; i++)
            expected[order[i]] = weights[i] / kept;
        return expected;
    }
}
