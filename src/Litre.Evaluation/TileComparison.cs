using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>
/// The benefit of tiles: the same model on the same rows, with pages downscaled and with pages in tiles. In each row of the table, the
/// downscaled page takes the place of the base, and the tiles that of the tuned model.
/// </summary>
/// <param name="Samples">Rows whose page is larger than a tile.</param>
/// <param name="Base">Every metric of the base model.</param>
/// <param name="Tuned">The same of the tuned model.</param>
public sealed record TileComparison(int Samples, IReadOnlyList<MetricComparison> Base, IReadOnlyList<MetricComparison> Tuned)
{
    /// <summary>Compares two evaluations of the base and the tuned model on the same rows.</summary>
    /// <param name="shrunk">The answers with downscaled pages.</param>
    /// <param name="tiled">The answers with pages in tiles.</param>
    /// <param name="settings">Seed and resamples.</param>
    public static TileComparison Of(IReadOnlyList<AnswerRecord> shrunk, IReadOnlyList<AnswerRecord> tiled, EvaluationSettings settings)
    {
        return new TileComparison(shrunk.Count, [.. Compare(r => r.BaseScores)], [.. Compare(r => r.TunedScores)]);

        IEnumerable<MetricComparison> Compare(Func<AnswerRecord, IReadOnlyDictionary<string, double>?> scores)
        {
            foreach (var metric in Enum.GetValues<Metric>())
            {
                var values = new List<Observation>();
                for (var i = 0; i < shrunk.Count; i++)
                {
                    if (Value(scores(shrunk[i])) is { } before && Value(scores(tiled[i])) is { } after)
                        values.Add(new Observation(before, after, 1));
                }
                if (values.Count > 0)
                    yield return MetricComparison.Of(metric, GroupKind.All, "", values, settings);

                double? Value(IReadOnlyDictionary<string, double>? all) =>
                    all is not null && all.TryGetValue(metric.Key(), out var value) ? value : null;
            }
        }
    }
}
