using System.Globalization;
using Litre.Training.Evaluation.Metrics;
using Litre.Training.Evaluation.Statistics;

namespace Litre.Training.Evaluation;

/// <summary>How numbers of an evaluation are written, the same on the console and on pages.</summary>
public static class EvaluationText
{
    /// <summary>A mean, such as <c>61.2 %</c> or <c>1.0342</c>.</summary>
    public static string Mean(Metric metric, double value) =>
        metric.IsShare() ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %") : value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>The ends of an interval, such as <c>55.0 to 67.1</c>; a dash where there is none.</summary>
    public static string Ends(Metric metric, Interval interval, bool signed = false) =>
        interval is { Low: { } low, High: { } high } ? $"{Number(metric, low, signed)} to {Number(metric, high, signed)}" : "–";

    /// <summary>A difference with its sign, in percentage points where the metric is a share.</summary>
    public static string Difference(Metric metric, double value) => Number(metric, value, signed: true);

    public static string PValue(double p) => double.IsNaN(p) ? "–" : p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Word(Verdict verdict) => verdict switch
    {
        Evaluation.Verdict.Better => "better",
        Evaluation.Verdict.Worse => "worse",
        _ => "not proven",
    };

    /// <summary>What the samples of a row have in common, for people.</summary>
    public static string Group(MetricComparison row) => row.Group switch
    {
        GroupKind.All => "all samples",
        GroupKind.Source => $"source: {row.Name}",
        _ => $"type: {row.Name}",
    };

    /// <summary>By what the samples of a row were put together, for people.</summary>
    public static string Kind(GroupKind kind) => kind switch
    {
        GroupKind.All => "all samples",
        GroupKind.Source => "source",
        _ => "question type",
    };

    /// <summary>The outcome in one sentence.</summary>
    public static string Sentence(EvaluationResult result)
    {
        var row = result.Deciding;
        if (row.Verdict is not { } verdict)
            return string.Create(CultureInfo.InvariantCulture, $"The base model alone, on {row.Samples} samples: {row.Metric.Label()} {Mean(row.Metric, row.Base.Mean)}.");
        var numbers = string.Create(CultureInfo.InvariantCulture,
            $"{row.Metric.Label()} {Mean(row.Metric, row.Base.Mean)} → {Mean(row.Metric, row.Tuned!.Mean)} on {row.Samples} samples, p {(row.PValue < 0.001 ? "" : "= ")}{PValue(row.PValue!.Value)}");
        return verdict switch
        {
            Evaluation.Verdict.Better => $"The tuned model is proven better than the base: {numbers}.",
            Evaluation.Verdict.Worse => $"The tuned model is worse than the base: {numbers}.",
            _ => $"The tuned model is not proven better than the base: {numbers}.",
        };
    }

    private static string Number(Metric metric, double value, bool signed)
    {
        var text = (metric.IsShare() ? value * 100 : value).ToString(metric.IsShare() ? "0.0" : "0.0000", CultureInfo.InvariantCulture);
        // What rounds to zero has no sign.
        if (text.TrimStart('-').All(c => c is '0' or '.')) text = text.TrimStart('-');
        else if (signed && value > 0) text = "+" + text;
        return text.Replace('-', '−');
    }
}
