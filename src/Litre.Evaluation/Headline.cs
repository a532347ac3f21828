using Litre.Data.Samples;
using Litre.Evaluation.Metrics;

namespace Litre.Evaluation;

/// <summary>
/// Determines the decisive metric from the kind of the samples: choices and boxes have their own metrics; free answers use exact match
/// for short facts and similarity for longer texts. If nearly all free answers of a set are of one kind, all are treated as that kind.
/// </summary>
public sealed class Headline
{
    // Share of the free answers: fewer of the other kind are exceptions rather than a second kind.
    private const double NearlyAll = 0.9;

    private readonly bool? _short;

    /// <param name="samples">The samples of an evaluation.</param>
    public Headline(IReadOnlyCollection<Sample> samples)
    {
        var free = samples.Where(s => !HasOwnMetric(s)).Select(s => ShortFact.IsShortFact(s.References)).ToList();
        var share = free.Count == 0 ? 0 : (double)free.Count(s => s) / free.Count;
        _short =
            share >= NearlyAll ? true
            : share <= 1 - NearlyAll ? false
            : null;
        Parts = [.. samples.GroupBy(Of).Select(g => (g.Key, g.Count())).OrderByDescending(p => p.Item2).ThenBy(p => p.Key)];
    }

    /// <summary>The number of samples for which each metric is decisive, in descending order.</summary>
    public IReadOnlyList<(Metric Metric, int Samples)> Parts { get; }

    /// <summary>The decisive metric: the only one, or the mean of each sample's own.</summary>
    public Metric Metric => Parts.Count == 1 ? Parts[0].Metric : Metric.Score;

    /// <summary>The decisive metric of one sample.</summary>
    public Metric Of(Sample sample) =>
        Scorer.HasChoices(sample) ? Metric.MultipleChoice
        : Scorer.HasBoxes(sample) ? Metric.BoxIou
        : _short ?? ShortFact.IsShortFact(sample.References) ? Metric.ExactMatch
        : Metric.Similarity;

    private static bool HasOwnMetric(Sample sample) => Scorer.HasChoices(sample) || Scorer.HasBoxes(sample);
}
