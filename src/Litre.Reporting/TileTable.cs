using Litre.Evaluation;

namespace Litre.Reporting;

/// <summary>The report's table about the benefit of tiles.</summary>
public static class TileTable
{
    /// <summary>One row for each model and metric.</summary>
    public static ReportTable Of(TileComparison comparison) =>
        new(
            "Downscaled pages compared with tiled pages",
            ["model, metric", "rows", "downscaled", "in tiles", "difference", "p", ""],
            [.. Rows("base", comparison.Base), .. Rows("tuned", comparison.Tuned)],
            "The same rows and the same two models, once with each page downscaled to the processor's limit and once "
                + "split into tiles. An adapter that was trained on tiles has never seen a downscaled page without them."
        );

    private static IEnumerable<IReadOnlyList<string>> Rows(string model, IReadOnlyList<MetricComparison> rows) =>
        rows.Select(r =>
            (IReadOnlyList<string>)
                [
                    $"{model}, {Evaluation.Metrics.MetricInfo.Label(r.Metric)}",
                    r.Samples.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    EvaluationText.Mean(r.Metric, r.Base.Mean),
                    EvaluationText.Mean(r.Metric, r.Tuned!.Mean),
                    EvaluationText.Difference(r.Metric, r.Difference!.Mean),
                    EvaluationText.PValue(r.PValue!.Value),
                    EvaluationText.Word(r.Verdict!.Value),
                ]
        );
}
