using Litre.Inference.Sampling;
using Shared;

namespace Litre.Inference.Tests.Sampling;

public sealed class LogitMathTests
{
    [Fact]
    public void Exponential_AnyLogits_AreTheExponentials() =>
        Property.Holds(
            50,
            random =>
            {
                var logits = random.Doubles(random.Between(1, 100)).Select(v => (float)(v * 20)).ToArray();
                var inverse = (float)(0.1 + random.NextDouble() * 2);
                var (exponents, weights) = SortingSampler.Weigh(logits, logits.Max(), inverse);
                for (var i = 0; i < logits.Length; i++)
                {
                    var expected = exponents[i] < LogitMath.SmallestExponent ? 0 : Math.Exp(exponents[i]);
                    Assert.Equal(expected, weights[i], expected * 3e-7);
                    Assert.Equal((logits[i] - (double)logits.Max()) * inverse, exponents[i], 1e-4);
                    Assert.Equal(Math.Round(LogitMath.Whole(weights[i])), LogitMath.Whole(weights[i]));
                    Assert.True(expected == 0 || LogitMath.Whole(weights[i]) >= 1);
                }
                var smallest = -random.Next(24);
                Assert.Equal(
                    weights.Where((_, i) => exponents[i] >= smallest).Sum(w => LogitMath.Whole(w)),
                    LogitMath.SumOfWeights(logits, logits.Max(), inverse, smallest)
                );
            }
        );

    [Fact]
    public void Largest_AnyLength_IsTheFirstOfTheLargest() =>
        Property.Holds(
            200,
            random =>
            {
                var values = Enumerable.Range(0, random.Between(1, 60)).Select(_ => (float)random.Next(5)).ToArray();
                values[random.Next(values.Length)] = float.NaN;
                var expected = values.Where(v => !float.IsNaN(v)).DefaultIfEmpty(float.NegativeInfinity).Max();
                Assert.Equal(Array.IndexOf(values, expected), LogitMath.Largest(values));
                Assert.Equal(expected, LogitMath.Max(values));
            }
        );
}
