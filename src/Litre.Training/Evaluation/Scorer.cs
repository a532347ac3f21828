using Litre.Data.Preview;
using Litre.Data.Samples;
using Litre.Training.Evaluation.Metrics;

namespace Litre.Training.Evaluation;

/// <summary>Decides by which metrics a sample is judged, and judges answers. Thread-safe.</summary>
/// <remarks>
/// Options make a multiple-choice question; references with <c>bbox_2d</c> ask for boxes; references that are all
/// numbers are compared as ChartQA does; everything else is text. The first metric of the list is the sample's score.
/// </remarks>
public static class Scorer
{
    /// <summary>Past this length a pair of texts is not aligned character by character, which takes quadratic time.</summary>
    private const int LongestAligned = 20_000;

    /// <summary>The metrics of a sample; the first is its score.</summary>
    public static IReadOnlyList<Metric> MetricsOf(Sample sample)
    {
        if (sample.Choices.Count > 0) return [Metric.MultipleChoice];
        if (sample.References.Any(r => BoundingBox.Find(r).Count > 0)) return [Metric.BoxAccuracy, Metric.BoxIou];
        if (sample.References.All(r => RelaxedAccuracy.Number(r) is not null)) return [Metric.RelaxedAccuracy, Metric.ExactMatch];
        return [Metric.Anls, Metric.ExactMatch, Metric.CharacterErrorRate];
    }

    /// <summary>Every metric of the sample for one answer, <see cref="Metric.Score"/> among them.</summary>
    public static IReadOnlyList<ScoreEntry> Score(Sample sample, string answer)
    {
        var boxes = new Lazy<(double MeanIou, double Accuracy)>(() => sample.References.Select(r => BoxOverlap.Score(answer, r)).Max());
        if (answer.Length > LongestAligned) answer = answer[..LongestAligned];
        var entries = new List<ScoreEntry>();
        foreach (var metric in MetricsOf(sample)) entries.Add(Entry(metric));
        return [new ScoreEntry(Metric.Score, entries[0].Value, 1), .. entries];

        ScoreEntry Entry(Metric metric) => metric switch
        {
            Metric.MultipleChoice => new(metric, MultipleChoice.Score(answer, sample.Choices, sample.References), 1),
            Metric.BoxAccuracy => new(metric, boxes.Value.Accuracy, 1),
            Metric.BoxIou => new(metric, boxes.Value.MeanIou, 1),
            Metric.RelaxedAccuracy => new(metric, RelaxedAccuracy.Score(answer, sample.References), 1),
            Metric.ExactMatch => new(metric, ExactMatch.Score(answer, sample.References), 1),
            Metric.Anls => new(metric, Anls.Score(answer, sample.References), 1),
            _ => ErrorRate(),
        };

        ScoreEntry ErrorRate()
        {
            var (rate, characters) = CharacterErrorRate.Score(answer, sample.References);
            return new ScoreEntry(Metric.CharacterErrorRate, rate, characters);
        }
    }
}
