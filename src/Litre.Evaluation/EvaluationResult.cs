using System.Text.Json.Serialization;
using Litre.Data.Chat;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;

namespace Litre.Evaluation;

/// <summary>The result of an evaluation: every metric over all samples, by source and by question type, and every answer.</summary>
/// <param name="Samples">Samples evaluated.</param>
/// <param name="Compared">Whether there is a tuned model in addition to the base.</param>
/// <param name="Rows">All samples first, then each source and each question type if there are several.</param>
/// <param name="Answers">The answers in the order of the samples.</param>
public sealed record EvaluationResult(
    int Samples,
    bool Compared,
    IReadOnlyList<MetricComparison> Rows,
    [property: JsonIgnore] IReadOnlyList<AnswerRecord> Answers
)
{
    /// <summary>The decisive metric over all samples.</summary>
    [JsonConverter(typeof(MetricKeyConverter))]
    public Metric Headline { get; init; } = Metric.Loss;

    /// <summary>
    /// The number of samples for which each metric is decisive, by its key, in descending order; empty if no answers were generated.
    /// </summary>
    public IReadOnlyDictionary<string, int> HeadlineParts { get; init; } = new Dictionary<string, int>();

    /// <summary>The maximum length of a generated answer, in tokens; 0 if none were generated.</summary>
    public int MaxNewTokens { get; init; }

    /// <summary>Answers of the base model that were truncated at this length.</summary>
    [JsonPropertyName("base_cut")]
    public int BaseTruncated => Answers.Count(a => a.BaseTruncated);

    /// <summary>Answers of the tuned model that were truncated at this length.</summary>
    [JsonPropertyName("tuned_cut")]
    public int TunedTruncated => Answers.Count(a => a.TunedTruncated);

    /// <summary>The decisive row: the headline metric over all samples, or the loss if no answers were generated.</summary>
    [JsonIgnore]
    public MetricComparison DecisiveMetric => Rows.First(r => r.Group == GroupKind.All && r.Metric == Headline);

    /// <summary>
    /// The rows for display: without the score if one metric decides for all samples, and with the decisive metric first.
    /// </summary>
    public IEnumerable<MetricComparison> VisibleRows() =>
        Rows.Where(r => r.Metric != Metric.Score || Headline == Metric.Score)
            .GroupBy(r => (r.Group, r.Name))
            .SelectMany(g => g.OrderBy(r => r.Metric != Headline));

    /// <summary>Whether the tuned model is proven better; null if the base was evaluated alone.</summary>
    public Verdict? Verdict => DecisiveMetric.Verdict;

    /// <summary>Scores outcomes and compares them.</summary>
    /// <param name="samples">The samples in the order of the evaluation.</param>
    /// <param name="baseOutcomes">The base model's outcomes, one per sample.</param>
    /// <param name="tuned">The tuned model's, or null.</param>
    /// <param name="settings">Seed and resamples.</param>
    public static EvaluationResult Of(
        IReadOnlyList<TokenizedSample> samples,
        IReadOnlyList<SampleOutcome> baseOutcomes,
        IReadOnlyList<SampleOutcome>? tuned,
        EvaluationSettings settings
    )
    {
        if (samples.Count == 0 || baseOutcomes.Count != samples.Count || (tuned is not null && tuned.Count != samples.Count))
            throw new ArgumentException(
                $"{samples.Count} samples have {baseOutcomes.Count} base outcomes and {tuned?.Count.ToString() ?? "no"} tuned outcomes"
            );
        var headline = new Headline([.. samples.Select(s => s.Sample).Where(s => !s.IsText)]);
        var before = samples.Select((s, i) => Scores(s.Sample, baseOutcomes[i])).ToArray();
        var after = tuned is null ? null : samples.Select((s, i) => Scores(s.Sample, tuned[i])).ToArray();
        var answered = baseOutcomes.Any(o => o.Answer is not null);

        var rows = new List<MetricComparison>();
        rows.AddRange(Compare(GroupKind.All, "", [.. Enumerable.Range(0, samples.Count)]));
        // The same samples under another name would only repeat the table.
        foreach (
            var (kind, name) in (ReadOnlySpan<(GroupKind, Func<Sample, string?>)>)
                [(GroupKind.Source, s => s.Source), (GroupKind.QuestionType, s => s.QuestionType)]
        )
        {
            var groups = Enumerable
                .Range(0, samples.Count)
                .Where(i => name(samples[i].Sample) is not null)
                .GroupBy(i => name(samples[i].Sample)!)
                .Where(g => g.Count() < samples.Count);
            foreach (var group in groups.OrderBy(g => g.Key, StringComparer.Ordinal))
                rows.AddRange(Compare(kind, group.Key, [.. group]));
        }
        return new EvaluationResult(
            samples.Count,
            tuned is not null,
            rows,
            [.. samples.Select((s, i) => Record(s.Sample, baseOutcomes[i], tuned?[i], before[i], after?[i]))]
        )
        {
            Headline = answered ? headline.Metric : Metric.Loss,
            HeadlineParts = answered ? headline.Parts.ToDictionary(p => p.Metric.Key(), p => p.Samples) : new Dictionary<string, int>(),
            MaxNewTokens = answered ? settings.MaxNewTokens : 0,
        };

        List<ScoreEntry> Scores(Sample sample, SampleOutcome outcome)
        {
            var scores = new List<ScoreEntry>();
            if (outcome.Answer is not null)
                scores.AddRange(Scorer.Score(sample, outcome.Answer, headline.Of(sample)));
            if (outcome.AnswerTokens > 0)
                scores.Add(new ScoreEntry(Metric.Loss, outcome.LossSum / outcome.AnswerTokens, outcome.AnswerTokens));
            return scores;
        }

        AnswerRecord Record(Sample sample, SampleOutcome untuned, SampleOutcome? tuned, List<ScoreEntry> before, List<ScoreEntry>? after) =>
            new(
                sample.Id,
                sample.Source,
                sample.QuestionType,
                [.. sample.Images.Select(i => i.Name), .. sample.Videos.Select(v => v.Name)],
                sample.Messages.LastOrDefault(m => m.Role == Role.User)?.Text.Trim() ?? "",
                sample.References,
                untuned.Answer,
                tuned?.Answer,
                ByKey(before),
                after is null ? null : ByKey(after)
            )
            {
                Headline = untuned.Answer is null ? null : headline.Of(sample).Key(),
                BaseTruncated = untuned.IsTruncated,
                TunedTruncated = tuned?.IsTruncated ?? false,
            };

        IEnumerable<MetricComparison> Compare(GroupKind kind, string name, int[] members)
        {
            foreach (var metric in Enum.GetValues<Metric>())
            {
                var values = new List<Observation>();
                foreach (var i in members)
                {
                    foreach (var entry in before[i].Where(e => e.Metric == metric))
                        values.Add(new Observation(entry.Value, after?[i].First(e => e.Metric == metric).Value, entry.Weight));
                }
                if (values.Count > 0)
                    yield return MetricComparison.Of(metric, kind, name, values, settings);
            }
        }
    }

    private static Dictionary<string, double> ByKey(List<ScoreEntry> scores) => scores.ToDictionary(s => s.Metric.Key(), s => s.Value);
}

/// <summary>The outcome of one model for one sample.</summary>
/// <param name="LossSum">Cross entropy of the reference answer summed over its tokens, in nats.</param>
/// <param name="AnswerTokens">Those tokens.</param>
/// <param name="Answer">What the model answered; null if no answers were generated.</param>
public sealed record SampleOutcome(double LossSum, int AnswerTokens, string? Answer)
{
    /// <summary>Whether the answer was truncated at the token limit.</summary>
    public bool IsTruncated { get; init; }
}
