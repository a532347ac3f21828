using System.Globalization;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>How much a given number of held-out samples can prove.</summary>
public static class SampleSize
{
    /// <summary>The smallest number of samples with which any outcome of the paired test is significant.</summary>
    public static int Minimum { get; } = Enumerable.Range(1, 64).First(n => SignFlipTest.SmallestPValue(n) < MetricComparison.Significance);

    /// <summary>One sentence stating that no outcome can prove anything; null if one can.</summary>
    public static string? Warning(int samples) =>
        samples >= Minimum
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{samples:N0} held-out {(samples == 1 ? "sample is" : "samples are")} too few to prove anything: even "
                    + $"if every answer gets better, p is {SignFlipTest.SmallestPValue(samples):0.000}, and a proof "
                    + $"needs less than {MetricComparison.Significance}; hold out at least {Minimum}, preferably 100 or more."
            );
}
