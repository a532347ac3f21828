using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Library.Comparison;
using Litre.Library.Entries;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Training.Tests.Library;

public sealed class AdapterTrialTests
{
    private static readonly EvaluationSettings Settings = new() { MaxNewTokens = 4, Resamples = 100 };

    [Fact]
    public void Measure_TwoAdaptersAndBase_AnswersAsEachAlone()
    {
        using var small = new SmallCheckpoint();
        small.AddRows("rows.jsonl", 6);
        using var work = new AdapterWorkshop();
        var config = new AdapterConfig
        {
            Rank = 2,
            Alpha = 16,
            TargetModules = ModuleSelection.Of("q_proj", "v_proj", "down_proj"),
        };
        var (a, b) = (work.Make("a", 1, config), work.Make("b", 2, config with { Rank = 3 }));
        using var session = ModelSession.Open(new SessionSettings(small.Model) { Device = Device.Cpu, DType = DType.Float32 });
        using var data = TrainingData.Load(
            small.Data,
            session.Encoder,
            new SplitOptions(0, 0, 1),
            cancel: TestContext.Current.CancellationToken
        );
        var trial = new AdapterTrial(session, Settings);
        trial.Measure(
            data.Train,
            [(AdapterReference.Base, ""), ("a", a), ("b", b)],
            new AdapterLoadOptions(),
            cancel: TestContext.Current.CancellationToken
        );
        var result = trial.Compare("a", "b");
        var (alone, other) = (Alone(small.Model, a, data), Alone(small.Model, b, data));
        for (var i = 0; i < data.Train.Count; i++)
        {
            Assert.Equal(alone.Answers[i].TunedAnswer, result.Answers[i].BaseAnswer);
            Assert.Equal(other.Answers[i].TunedAnswer, result.Answers[i].TunedAnswer);
            Assert.Equal(alone.Answers[i].TunedScores!["loss"], result.Answers[i].BaseScores["loss"], 1e-5);
            Assert.Equal(
                alone.Answers[i].BaseScores["loss"],
                trial.Compare(AdapterReference.Base, "a").Answers[i].BaseScores["loss"],
                1e-5
            );
        }
        ComparisonFiles.Write(work.In("out"), "a", "b", [], result);
        var rows = File.ReadAllLines(work.In("out", ComparisonFiles.RowsName));
        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.Contains("\"b_answer\":", row));
    }

    [Theory]
    [InlineData(0.2, 0.5, "x", "y", "better")]
    [InlineData(0.5, 0.2, "x", "y", "worse")]
    [InlineData(0.5, 0.5, "x", "x", "same")]
    [InlineData(0.5, 0.5, "x", "y", "other words")]
    public void Change_OfScores_IsNamed(double before, double after, string a, string b, string expected) =>
        Assert.Equal(
            expected,
            ComparisonFiles.Change(
                new AnswerRecord("1", "s", null, [], "q", [], a, b, Scores("exact_match", before), Scores("exact_match", after))
                {
                    Headline = "exact_match",
                }
            )
        );

    [Fact]
    public void Change_OfLosses_IsBetterWhereTheyAreLower() =>
        Assert.Equal(
            "better",
            ComparisonFiles.Change(new AnswerRecord("1", "s", null, [], "q", [], null, null, Scores("loss", 2), Scores("loss", 1)))
        );

    private static EvaluationResult Alone(string model, string adapter, TrainingData data)
    {
        using var session = ModelSession.Open(
            new SessionSettings(model)
            {
                Adapter = adapter,
                Device = Device.Cpu,
                DType = DType.Float32,
            }
        );
        return new Evaluator(session, Settings).Run(data.Train, cancel: TestContext.Current.CancellationToken);
    }

    private static Dictionary<string, double> Scores(string key, double value) => new() { [key] = value };
}
