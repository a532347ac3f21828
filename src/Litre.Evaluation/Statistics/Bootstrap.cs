using Litre.Core;

namespace Litre.Evaluation.Statistics;

/// <summary>
/// Percentile bootstrap (Efron and Tibshirani 1993, chapter 13): whole samples are resampled with replacement, base and tuned together,
/// so that the interval of the difference reflects that both answered the same questions.
/// </summary>
public static class Bootstrap
{
    public const int Resamples = 10_000;

    /// <summary>Share of resamples within the interval.</summary>
    public const double Level = 0.95;

    // Each block has its own generator, so the result does not depend on how many processors share the work.
    private const int Block = 500;

    /// <summary>Intervals of the base's weighted mean, the tuned model's, and tuned minus base.</summary>
    /// <param name="observations">At least one; all with a tuned value, or none.</param>
    /// <param name="seed">The same seed gives the same intervals on every machine.</param>
    /// <param name="resamples">The number of resamples.</param>
    public static (Interval Base, Interval? Tuned, Interval? Difference) Run(
        IReadOnlyList<Observation> observations,
        ulong seed,
        int resamples = Resamples
    )
    {
        var n = observations.Count;
        if (n == 0)
            throw new ArgumentException("no observations", nameof(observations));
        var paired = observations[0].Tuned is not null;
        var total = observations.Sum(o => o.Weight);
        var baseMean = observations.Sum(o => o.Base * o.Weight) / total;
        var tunedMean = paired ? observations.Sum(o => o.Tuned!.Value * o.Weight) / total : 0;
        if (n == 1)
            return (
                new Interval(baseMean, null, null),
                paired ? new(tunedMean, null, null) : null,
                paired ? new(tunedMean - baseMean, null, null) : null
            );

        var weights = observations.Select(o => o.Weight).ToArray();
        var bases = observations.Select(o => o.Base * o.Weight).ToArray();
        var tuned = observations.Select(o => (o.Tuned ?? 0) * o.Weight).ToArray();
        var (baseMeans, tunedMeans, differences) = (new double[resamples], new double[resamples], new double[resamples]);
        Parallel.For(
            0,
            (resamples + Block - 1) / Block,
            block =>
            {
                var random = SeededOrder.For(seed, block);
                for (var r = block * Block; r < Math.Min(resamples, (block + 1) * Block); r++)
                {
                    var (weight, a, b) = (0.0, 0.0, 0.0);
                    for (var i = 0; i < n; i++)
                    {
                        var drawn = random.Below(n);
                        weight += weights[drawn];
                        a += bases[drawn];
                        b += tuned[drawn];
                    }
                    (baseMeans[r], tunedMeans[r], differences[r]) = (a / weight, b / weight, (b - a) / weight);
                }
            }
        );
        return (
            Percentiles(baseMean, baseMeans, bases, weights),
            paired ? Percentiles(tunedMean, tunedMeans, tuned, weights) : null,
            paired ? Percentiles(tunedMean - baseMean, differences, [.. tuned.Zip(bases, (t, b) => t - b)], weights) : null
        );
    }

    // NaN losses sort first and stay visible: an interval that starts with NaN indicates that something is broken.
    private static Interval Percentiles(double mean, double[] means, double[] values, double[] weights)
    {
        // Three wrong answers do not prove that all answers are wrong: identical samples show no spread to resample.
        if (values.Zip(weights, (v, w) => v / w).Distinct().Count() == 1)
            return new Interval(mean, null, null);
        Array.Sort(means);
        var tail = (1 - Level) / 2;
        return new Interval(mean, At(tail), At(1 - tail));

        double At(double share)
        {
            var place = share * (means.Length - 1);
            var low = (int)place;
            var high = Math.Min(low + 1, means.Length - 1);
            return means[low] + (means[high] - means[low]) * (place - low);
        }
    }
}

/// <summary>A mean with its 95 % confidence interval.</summary>
/// <param name="Mean">The mean of the samples.</param>
/// <param name="Low">Lower end; null if a single sample, or identical samples, give no information about the spread.</param>
/// <param name="High">Upper end.</param>
public sealed record Interval(double Mean, double? Low, double? High);

/// <summary>One sample's value under the base model and, if there is one, under the tuned model.</summary>
/// <param name="Base">The base model's value.</param>
/// <param name="Tuned">The tuned model's; null if the base is evaluated alone.</param>
/// <param name="Weight">The weight of the sample in the mean, above 0.</param>
public readonly record struct Observation(double Base, double? Tuned, double Weight);
