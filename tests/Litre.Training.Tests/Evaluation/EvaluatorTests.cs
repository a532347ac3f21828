using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Inference;
using Litre.Model.Families.Qwen3Vl;
using Litre.Torch;

namespace Litre.Training.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private static readonly EvaluationSettings Settings = new() { MaxNewTokens = 6, Resamples = 200 };

    private readonly SmallQuestionSet _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Run_WithAdapter_ComparesTheSameNumbersAsTwoSessions()
    {
        using var adapted = Open(_files.Adapter);
        using var plain = Open(null);
        using var data = Load(adapted.Encoder);
        var tuned = Losses(adapted);
        var both = new Evaluator(adapted, Settings).Run(data.Train, cancel: TestContext.Current.CancellationToken);
        var alone = new Evaluator(plain, Settings).Run(data.Train, cancel: TestContext.Current.CancellationToken);
        Assert.True(both.Compared);
        Assert.False(alone.Compared);
        Assert.Equal(tuned, Losses(adapted)); // what nobody chooses is the tuned model still
        Assert.Null(alone.Verdict);
        Assert.NotNull(both.Verdict);
        for (var i = 0; i < data.Train.Count; i++)
        {
            Assert.Equal(alone.Answers[i].BaseAnswer, both.Answers[i].BaseAnswer);
            Assert.Equal(alone.Answers[i].BaseScores, both.Answers[i].BaseScores); // losses bit for bit
            Assert.NotNull(both.Answers[i].TunedAnswer);
            Assert.NotEqual(both.Answers[i].BaseScores["loss"], both.Answers[i].TunedScores!["loss"]);
        }
        Assert.Equal(
            alone.Rows.Select(r => (r.Metric, r.Group, r.Name, r.Samples)),
            both.Rows.Select(r => (r.Metric, r.Group, r.Name, r.Samples))
        );

        double[] Losses(ModelSession session) =>
            [
                .. new Evaluator(session, Settings with { GenerateAnswers = false })
                    .Measure(data.Train, "tuned", cancel: TestContext.Current.CancellationToken)
                    .Select(o => o.LossSum),
            ];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public void Measure_OtherBatches_SameAnswersAndLosses(int budget)
    {
        using var session = Open(null);
        using var data = Load(session.Encoder);
        var reports = new List<EvaluationProgress>();
        var together = new Evaluator(session, Settings).Measure(data.Train, "base", cancel: TestContext.Current.CancellationToken);
        var apart = new Evaluator(session, Settings with { TokenBudget = budget }).Measure(
            data.Train,
            "base",
            reports.Add,
            TestContext.Current.CancellationToken
        );
        for (var i = 0; i < together.Count; i++)
        {
            Assert.Equal(together[i].Answer, apart[i].Answer);
            Assert.Equal(together[i].AnswerTokens, data.Train[i].AnswerTokens);
            Assert.Equal(together[i].LossSum, apart[i].LossSum, 1e-3);
        }
        Assert.Equal(new EvaluationProgress("base: answers", 5, 5), reports[^1]);
    }

    [Fact]
    public void Run_Cancelled_ThrowsAndLeavesTheAdapterOnTheModel()
    {
        using var session = Open(_files.Adapter);
        using var data = Load(session.Encoder);
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new Evaluator(session, Settings).Run(data.Train, _ => cancel.Cancel(), cancel.Token)
        );
        Assert.Single(session.Model.Adapters);
    }

    [Fact]
    public void Run_NoAnswersWanted_DecidesByLoss()
    {
        using var session = Open(_files.Adapter);
        using var data = Load(session.Encoder);
        var result = new Evaluator(session, Settings with { GenerateAnswers = false }).Run(
            data.Train,
            cancel: TestContext.Current.CancellationToken
        );
        Assert.Equal(Metric.Loss, result.DecisiveMetric.Metric);
        Assert.All(result.Answers, a => Assert.Null(a.BaseAnswer));
        Assert.Throws<InputException>(() => new Evaluator(session, Settings).Run([], cancel: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("f1", "答案是B", Metric.MultipleChoice, 1)]
    [InlineData("f2", "salt", Metric.MultipleChoice, 0)]
    [InlineData("c1", "43", Metric.ExactMatch, 0)] // near is not right
    [InlineData("c2", "Blue.", Metric.ExactMatch, 1)]
    [InlineData("c3", """[{"bbox_2d": [10, 10, 500, 500]}]""", Metric.BoxIou, 1)]
    public void Scorer_KindOfSample_DecidesTheMetric(string id, string answer, Metric headline, double score)
    {
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, _files.Model);
        using var data = Load(encoder);
        var sample = data.Train.Select(s => s.Sample).Single(s => s.Id == id);
        Assert.Equal(headline, new Headline([sample]).Metric);
        var scores = Scorer.Score(sample, answer, headline);
        Assert.Equal(new ScoreEntry(Metric.Score, score, 1), scores[0]);
        Assert.Contains(new ScoreEntry(headline, score, 1), scores);
    }

    [Fact]
    public void Result_MadeOutcomes_ShowsGroupsMeansAndVerdicts()
    {
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, _files.Model);
        using var data = Load(encoder);
        // Each question eight times: wrong before and right after, but for the text question, which stays right.
        var samples = Enumerable.Repeat(data.Train, 8).SelectMany(s => s).ToList();
        var before = samples.Select(s => new SampleOutcome(4, 2, s.Sample.Id == "c2" ? "blue" : "?")).ToList();
        var after = samples.Select(s => new SampleOutcome(1, 2, s.Sample.References[0])).ToList();
        var result = EvaluationResult.Of(samples, before, after, Settings);

        Assert.Equal(Verdict.Better, result.Verdict);
        var score = Row(Metric.Score, GroupKind.All, "");
        Assert.Equal((40, 0.2, 1.0), (score.Samples, score.Base.Mean, score.Tuned!.Mean));
        Assert.InRange(score.Base.Low!.Value, 0.02, 0.15);
        Assert.Equal(2.0 / (1L << 32), score.PValue!.Value, 1e-15);
        Assert.Equal(16, Row(Metric.MultipleChoice, GroupKind.Source, "food.jsonl").Samples);
        Assert.Equal(
            (8, 1.0),
            (Row(Metric.Anls, GroupKind.QuestionType, "text").Samples, Row(Metric.Anls, GroupKind.QuestionType, "text").Base.Mean)
        );
        Assert.Equal(Verdict.NotProven, Row(Metric.Anls, GroupKind.QuestionType, "text").Verdict);
        var loss = Row(Metric.Loss, GroupKind.All, "");
        Assert.Equal((2.0, 0.5, -1.5), (loss.Base.Mean, loss.Tuned!.Mean, loss.Difference!.Mean));
        Assert.Equal(Verdict.Better, loss.Verdict); // lower is better
        Assert.Equal(Verdict.Worse, EvaluationResult.Of(samples, after, before, Settings).Verdict);

        MetricComparison Row(Metric metric, GroupKind kind, string name) =>
            result.Rows.Single(r => r.Metric == metric && r.Group == kind && r.Name == name);
    }

    [Fact]
    public void Files_Written_HoldEveryAnswerReadably()
    {
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, _files.Model);
        using var data = Load(encoder);
        var result = EvaluationResult.Of(
            data.Train,
            [.. data.Train.Select(_ => new SampleOutcome(double.NaN, 1, "红烧肉 \"</script>"))],
            null,
            Settings
        );
        var folder = Path.Combine(_files.Data, "out");
        EvaluationFiles.Write(folder, result);
        var lines = File.ReadAllLines(Path.Combine(folder, EvaluationFiles.AnswersName));
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Contains("红烧肉", line));
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, EvaluationFiles.ResultName)));
        var row = json.RootElement.GetProperty("rows")[0];
        Assert.Equal(("score", "all"), (row.GetProperty("metric").GetString(), row.GetProperty("group").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.RootElement.GetProperty("verdict").ValueKind);
    }

    [Fact]
    public void Measure_AnswersCutOffAtTheLimit_AreCounted()
    {
        using var session = Open(_files.Adapter);
        using var data = Load(session.Encoder);
        var result = new Evaluator(session, Settings with { MaxNewTokens = 2 }).Run(
            data.Train,
            cancel: TestContext.Current.CancellationToken
        );
        // A random model ends no answer by itself.
        Assert.Equal((5, 5), (result.BaseTruncated, result.TunedTruncated));
        Assert.Contains(
            EvaluationText.Warnings(result),
            w =>
                w.StartsWith(
                    "Answers truncated at `max-new-tokens 2`: 5 of 5 of the base model, 5 of the tuned model.",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains(
            EvaluationText.Warnings(result),
            w =>
                w.StartsWith(
                    "5 held-out samples are too few to prove anything: even if every answer gets better, p is 0.06",
                    StringComparison.Ordinal
                )
        );
        using var json = System.Text.Json.JsonDocument.Parse(EvaluationFiles.ToJson(result));
        Assert.Equal(5, json.RootElement.GetProperty("base_cut").GetInt32());
        Assert.Equal("score", json.RootElement.GetProperty("headline").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("headline_parts").GetProperty("multiple_choice").GetInt32());
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void SampleSize_TheBestOutcome_IsProvenFromSixSamplesOn(int samples, bool proven)
    {
        Assert.Equal(proven, SampleSize.Warning(samples) is null);
        var p = Litre.Evaluation.Statistics.SignFlipTest.PValue(Enumerable.Repeat(1.0, samples), 0);
        Assert.Equal(Litre.Evaluation.Statistics.SignFlipTest.SmallestPValue(samples), p, 12);
        Assert.Equal(proven, p < MetricComparison.Significance);
    }

    private TrainingData Load(SampleEncoder encoder) =>
        TrainingData.Load(_files.Data, encoder, new SplitOptions(0, 0), cancel: TestContext.Current.CancellationToken);

    private ModelSession Open(string? adapter) =>
        ModelSession.Open(
            new SessionSettings(_files.Model)
            {
                Adapter = adapter,
                Device = Device.Cpu,
                DType = DType.Float32,
            }
        );
}
