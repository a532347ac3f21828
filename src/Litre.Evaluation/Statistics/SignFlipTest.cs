using Litre.Core;

namespace Litre.Evaluation.Statistics;

/// <summary>
/// Paired permutation test (Fisher 1935; Good 2005): were base and tuned equally good, each sample's difference could as well have had
/// the other sign. The p-value is the share of sign patterns whose sum is at least as far from zero as the observed one. Exact for up
/// to 20 samples that differ, and for differences of one size (McNemar's exact test); otherwise from random patterns, including the
/// observed one so that the value is never too small.
/// </summary>
public static class SignFlipTest
{
    /// <summary>Maximum number of differing samples for which every sign pattern is evaluated.</summary>
    public const int LargestExact = 20;

    /// <summary>Number of random patterns beyond that.</summary>
    public const int Patterns = 20_000;

    // Sums of the same numbers in another order differ only by rounding.
    private const double Rounding = 1e-12;

    /// <summary>The two-sided p-value of "no difference".</summary>
    /// <param name="differences">Tuned minus base, weighted, one per sample.</param>
    /// <param name="seed">The seed of the random patterns.</param>
    /// <returns>0 to 1, 1 if no sample differs; NaN if a difference is NaN.</returns>
    public static double PValue(IEnumerable<double> differences, ulong seed)
    {
        var d = differences.Where(x => x != 0).ToArray();
        if (d.Length == 0)
            return 1;
        if (d.Any(x => !double.IsFinite(x)))
            return double.NaN;
        var size = Math.Abs(d[0]);
        if (d.All(x => Math.Abs(Math.Abs(x) - size) <= Rounding * size))
            return Binomial(d.Count(x => x > 0), d.Length);
        return d.Length <= LargestExact ? Exact(d) : Sampled(d, seed);
    }

    /// <summary>The smallest p-value possible with this number of samples: all differ in the same direction.</summary>
    public static double SmallestPValue(int samples) => samples < 1 ? 1 : Math.Pow(2, 1 - samples);

    /// <summary>Two-sided probability that fair coin tosses split at least this unevenly.</summary>
    private static double Binomial(int heads, int n)
    {
        var tail = Math.Min(heads, n - heads);
        // Logarithms: 2^-n is below the smallest double beyond a thousand samples.
        var (log, sum) = (-n * Math.Log(2), 0.0);
        for (var k = 0; k <= tail; k++)
        {
            sum += Math.Exp(log);
            log += Math.Log((double)(n - k) / (k + 1));
        }
        return Math.Min(1, 2 * sum);
    }

    // Gray code: each pattern differs from the previous one in one sign.
    private static double Exact(double[] d)
    {
        var seen = Math.Abs(d.Sum());
        var slack = Rounding * d.Sum(Math.Abs);
        var signed = d.ToArray();
        var sum = signed.Sum();
        var far = 0L;
        var count = 1L << d.Length;
        for (var pattern = 1L; ; pattern++)
        {
            if (Math.Abs(sum) >= seen - slack)
                far++;
            if (pattern == count)
                return (double)far / count;
            var flipped = System.Numerics.BitOperations.TrailingZeroCount(pattern);
            sum -= 2 * signed[flipped];
            signed[flipped] = -signed[flipped];
        }
    }

    private static double Sampled(double[] d, ulong seed)
    {
        var seen = Math.Abs(d.Sum()) - Rounding * d.Sum(Math.Abs);
        var random = new SeededOrder(seed);
        var far = 1L;
        for (var p = 0; p < Patterns; p++)
        {
            var (sum, signs) = (0.0, 0UL);
            for (var i = 0; i < d.Length; i++)
            {
                if (i % 64 == 0)
                    signs = random.Next();
                sum += (signs & 1) == 0 ? d[i] : -d[i];
                signs >>= 1;
            }
            if (Math.Abs(sum) >= seen)
                far++;
        }
        return (double)far / (Patterns + 1);
    }
}
