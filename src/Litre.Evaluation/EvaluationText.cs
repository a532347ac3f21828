using System.Globalization;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>Formats the numbers of an evaluation, identically on the console and in reports.</summary>
public static class EvaluationText
{
    /// <summary>A mean, such as <c>61.2 %</c> or <c>1.0342</c>.</summary>
    public static string Mean(Metric metric, double value) =>
        metric.IsShare()
            ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %")
            : value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>The ends of an interval, such as <c>55.0 to 67.1</c>; a dash if there is none.</summary>
    public static string Ends(Metric metric, Interval interval, bool signed = false) =>
        interval is { Low: { } low, High: { } high } ? $"{Number(metric, low, signed)} to {Number(metric, high, signed)}" : "–";

    /// <summary>A difference with its sign, in percentage points if the metric is a share.</summary>
    public static string Difference(Metric metric, double value) => Number(metric, value, signed: true);

    public static string PValue(double p) =>
        double.IsNaN(p) ? "–"
        : p < 0.001 ? "< 0.001"
        : p.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Word(Verdict verdict) =>
        verdict switch
        {
            Evaluation.Verdict.Better => "better",
            Evaluation.Verdict.Worse => "worse",
            _ => "not proven",
        };

    /// <summary>A readable name for what the samples of a row have in common.</summary>
    public static string Group(MetricComparison row) =>
        row.Group switch
        {
            GroupKind.All => "all samples",
            GroupKind.Source => $"source: {row.Name}",
            _ => $"type: {row.Name}",
        };

    /// <summary>A readable name for the kind of grouping of a row.</summary>
    public static string Kind(GroupKind kind) =>
        kind switch
        {
            GroupKind.All => "all samples",
            GroupKind.Source => "source",
            _ => "question type",
        };

    /// <summary>The outcome in one sentence.</summary>
    public static string Sentence(EvaluationResult result)
    {
        var row = result.DecisiveMetric;
        if (row.Verdict is not { } verdict)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The base model alone, on {row.Samples} samples: {row.Metric.Label()} {Mean(row.Metric, row.Base.Mean)}."
            );
        var ends = Ends(row.Metric, row.Difference!, signed: true);
        var unit = row.Metric.IsShare() ? " points" : "";
        var interval = ends == "–" ? "" : $", 95 % interval {ends}";
        var difference = $"difference {Difference(row.Metric, row.Difference!.Mean)}{unit}{interval}";
        var numbers = string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Metric.Label()} {Mean(row.Metric, row.Base.Mean)} → {Mean(row.Metric, row.Tuned!.Mean)} on "
                + $"{row.Samples} samples ({difference}), p {(row.PValue < 0.001 ? "" : "= ")}{PValue(row.PValue!.Value)}"
        );
        return verdict switch
        {
            Evaluation.Verdict.Better => $"The tuned model is proven better than the base: {numbers}.",
            Evaluation.Verdict.Worse => $"The tuned model is worse than the base: {numbers}.",
            _ => $"The tuned model is not proven better than the base: {numbers}.",
        };
    }

    /// <summary>Which metric decides and why, in one sentence; empty if no answers were generated.</summary>
    public static string Headline(EvaluationResult result)
    {
        if (result.HeadlineParts.Count == 0)
            return "";
        var parts = result.HeadlineParts.Select(p => (Metric: MetricInfo.OfKey(p.Key), p.Value)).ToList();
        if (parts.Count == 1)
            return $"The decisive metric is {parts[0].Metric.Label()}, {Reason(parts[0].Metric)}.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The decisive metric is the score, the mean of "
                + $"{string.Join(" and ", parts.Select(p => $"{p.Metric.Label()} ({p.Value:N0} samples, {Reason(p.Metric)})"))}."
        );
    }

    /// <summary>What limits the value of a result, one sentence each: too few samples to prove anything, truncated answers.</summary>
    public static IReadOnlyList<string> Warnings(EvaluationResult result)
    {
        var warnings = new List<string>();
        if (result.Compared && SampleSize.Warning(result.Samples) is { } few)
            warnings.Add(few);
        if (result.BaseTruncated + result.TunedTruncated > 0)
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Answers truncated at `max-new-tokens {result.MaxNewTokens:N0}`: {result.BaseTruncated:N0} of "
                        + $"{result.Samples:N0} of the base "
                        + $"model{(result.Compared ? $", {result.TunedTruncated:N0} of the tuned model" : "")}. They "
                        + $"are scored as they are; a higher limit may change the score."
                )
            );
        return warnings;
    }

    private static string Reason(Metric metric) =>
        metric switch
        {
            Metric.ExactMatch => "because the expected answers are short facts",
            Metric.Similarity => "because the expected answers are longer texts",
            Metric.BoxIou => "because the expected answers are boxes",
            _ => "because the answers choose among options",
        };

    private static string Number(Metric metric, double value, bool signed)
    {
        var text = (metric.IsShare() ? value * 100 : value).ToString(metric.IsShare() ? "0.0" : "0.0000", CultureInfo.InvariantCulture);
        // What rounds to zero has no sign.
        if (text.TrimStart('-').All(c => c is '0' or '.'))
            text = text.TrimStart('-');
        else if (signed && value > 0)
            text = "+" + text;
        return text.Replace('-', '−');
    }
}
