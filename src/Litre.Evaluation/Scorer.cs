using Litre.Data.Chat;
using Litre.Data.Preview;
using Litre.Data.Samples;
using Litre.Evaluation.Metrics;

namespace Litre.Evaluation;

/// <summary>Decides by which metrics a sample is judged, and judges answers. Thread-safe.</summary>
/// <remarks>
/// Options make a multiple-choice question; references with <c>bbox_2d</c> ask for boxes; everything else is text, with a relaxed
/// accuracy beside it where the references are numbers. Which of them decides is the <see cref="Headline"/>'s to say.
/// </remarks>
public static class Scorer
{
    /// <summary>Past this length a pair of texts is not aligned character by character, which takes quadratic time.</summary>
    private const int LongestAligned = 20_000;

    /// <summary>Whether an option is to be chosen.</summary>
    public static bool HasChoices(Sample sample) => sample.Choices.Count > 0;

    /// <summary>Whether boxes are to be found.</summary>
    public static bool HasBoxes(Sample sample) => !HasChoices(sample) && sample.References.Any(r => BoundingBox.Find(r).Count > 0);

    /// <summary>The metrics of a sample, in no order of importance.</summary>
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

    /// <summary>Every metric of the sample for one answer, <see cref="Metric.Score"/> first: the value of the one that decides.</summary>
    /// <param name="sample">What was asked.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="headline">The metric that decides, one of the sample's.</param>
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
/// <param name="Metric">Which.</param>
/// <param name="Value">Its value.</param>
/// <param name="Weight">What it weighs in a mean over samples: characters for error rates, tokens for the loss, else 1.</param>
public readonly record struct ScoreEntry(Metric Metric, double Value, double Weight);
