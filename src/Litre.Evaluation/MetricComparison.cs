using System.Text.Json.Serialization;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>One metric over one group of samples.</summary>
/// <param name="Metric">Which metric.</param>
/// <param name="Group">What the samples have in common.</param>
/// <param name="Name">The source or question type; empty for all.</param>
/// <param name="Samples">The number of samples to which the metric applies.</param>
/// <param name="Base">The base model's mean and interval.</param>
/// <param name="Tuned">The tuned model's; null if the base is evaluated alone, as are the next three.</param>
/// <param name="Difference">Tuned minus base, paired by sample.</param>
/// <param name="PValue">The p-value of the paired sign-flip test of no difference.</param>
/// <param name="Verdict">What the test shows.</param>
public sealed record MetricComparison(
    [property: JsonConverter(typeof(MetricKeyConverter))] Metric Metric,
    GroupKind Group,
    string Name,
    int Samples,
    Interval Base,
    Interval? Tuned,
    Interval? Difference,
    double? PValue,
    Verdict? Verdict
)
{
    /// <summary>Largest p-value that counts as proof.</summary>
    public const double Significance = 0.05;

    /// <summary>Compares paired values of one metric; values that are not numbers prove nothing.</summary>
    public static MetricComparison Of(
        Metric metric,
        GroupKind group,
        string name,
        IReadOnlyList<Observation> values,
        EvaluationSettings settings
    )
    {
        var seed = (ulong)settings.Seed;
        var (untuned, tuned, difference) = Bootstrap.Run(values, seed, settings.Resamples);
        if (tuned is null)
            return new(metric, group, name, values.Count, untuned, null, null, null, null);
        var p = SignFlipTest.PValue(values.Select(v => (v.Tuned!.Value - v.Base) * v.Weight), seed);
        var gain = metric.HigherIsBetter() ? difference!.Mean : -difference!.Mean;
        var verdict =
            !(p < Significance) ? Evaluation.Verdict.NotProven
            : gain > 0 ? Evaluation.Verdict.Better
            : Evaluation.Verdict.Worse;
        return new(metric, group, name, values.Count, untuned, tuned, difference, p, verdict);
    }
}

/// <summary>What a comparison of base and tuned shows at the 5 % level.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    [JsonStringEnumMemberName("not proven")]
    NotProven,

    [JsonStringEnumMemberName("better")]
    Better,

    [JsonStringEnumMemberName("worse")]
    Worse,
}
