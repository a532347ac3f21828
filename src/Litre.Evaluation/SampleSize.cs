using System.Globalization;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>How much a number of held-out samples can show at all.</summary>
public static class SampleSize
{
    /// <summary>Fewest samples with which some outcome of the paired test is significant.</summary>
    public static int Minimum { get; } = Enumerable.Range(1, 64).First(n => SignFlipTest.SmallestPValue(n) < MetricComparison.Significance);

    /// <summary>In one sentence that no outcome could prove anything; null where one could.</summary>
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
