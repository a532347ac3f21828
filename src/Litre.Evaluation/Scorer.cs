using Litre.Data.Chat;
using Litre.Data.Preview;
using Litre.Data.Samples;
using Litre.Evaluation.Metrics;

namespace Litre.Evaluation;

/// <summary>Determines the metrics of a sample and scores answers. Thread-safe.</summary>
/// <remarks>
/// Options make a multiple-choice question; references with <c>bbox_2d</c> expect boxes; everything else is text, with relaxed accuracy
/// in addition if the references are numbers. <see cref="Headline"/> determines which of them is decisive.
/// </remarks>
public static class Scorer
{
    /// <summary>Beyond this length, a pair of texts is not aligned character by character, which takes quadratic time.</summary>
    private const int LongestAligned = 20_000;

    /// <summary>Whether the sample has options to choose from.</summary>
    public static bool HasChoices(Sample sample) => sample.Choices.Count > 0;

    /// <summary>Whether the sample expects boxes.</summary>
    public static bool HasBoxes(Sample sample) => !HasChoices(sample) && sample.References.Any(r => BoundingBox.Find(r).Count > 0);

    /// <summary>The metrics of a sample, in no particular order.</summary>
    public static IReadOnlyList<Metric> MetricsOf(Sample sample)
    {
        if (HasChoices(sample))
            return [Metric.MultipleChoice];
        if (HasBoxes(sample))
            return [Metric.BoxIou, Metric.BoxAccuracy];
        return sample.References.All(r => RelaxedAccuracy.Number(r) is not null)
            ? [Metric.ExactMatch, Metric.RelaxedAccuracy, Metric.Similarity]
            : [Metric.ExactMatch, Metric.Similarity, Metric.Anls, Metric.CharacterErrorRate];
    }

    /// <summary>
    /// Every metric of the sample for one answer, starting with <see cref="Metric.Score"/>, the value of the decisive one.
    /// </summary>
    /// <param name="sample">The sample.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="headline">The decisive metric, one of the sample's.</param>
    public static IReadOnlyList<ScoreEntry> Score(Sample sample, string answer, Metric headline)
    {
        answer = Thoughts.Without(answer);
        var boxes = new Lazy<(double MeanIou, double Accuracy)>(() => sample.References.Select(r => BoxOverlap.Score(answer, r)).Max());
        if (answer.Length > LongestAligned)
            answer = answer[..LongestAligned];
        var entries = new List<ScoreEntry>();
        foreach (var metric in MetricsOf(sample))
            entries.Add(Entry(metric));
        return [new ScoreEntry(Metric.Score, entries.First(e => e.Metric == headline).Value, 1), .. entries];

        ScoreEntry Entry(Metric metric) =>
            metric switch
            {
                Metric.MultipleChoice => new(metric, MultipleChoice.Score(answer, sample.Choices, sample.References), 1),
                Metric.BoxAccuracy => new(metric, boxes.Value.Accuracy, 1),
                Metric.BoxIou => new(metric, boxes.Value.MeanIou, 1),
                Metric.RelaxedAccuracy => new(metric, RelaxedAccuracy.Score(answer, sample.References), 1),
                Metric.ExactMatch => new(metric, ExactMatch.Score(answer, sample.References), 1),
                Metric.Similarity => new(metric, Similarity.Score(answer, sample.References), 1),
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

/// <summary>One metric of one answer.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Value">Its value.</param>
/// <param name="Weight">Its weight in a mean over samples: characters for error rates, tokens for the loss, otherwise 1.</param>
public readonly record struct ScoreEntry(Metric Metric, double Value, double Weight);
