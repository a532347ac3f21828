using Litre.Cli.Rendering;
using Litre.Evaluation;

namespace Litre.Cli.Tests.Rendering;

public sealed class AnswerSamplesTests
{
    [Fact]
    public void Draw_SeveralTypes_TakesOneOfEachFirst()
    {
        var result = Result([.. Enumerable.Range(0, 20).Select(i => Answer($"a{i}", "often")), Answer("b", "seldom"), Answer("c", null)]);
        for (var seed = 0UL; seed < 20; seed++)
            Assert.Equal(
                ["often", "seldom", null],
                AnswerSamples.Select(result, 3, seed).Select(a => a.QuestionType).OrderBy(t => t is null).ThenBy(t => t)
            );
    }

    [Fact]
    public void Draw_Seeds_DrawDifferentAnswersAndTheSameOnesAgain()
    {
        var result = Result([.. Enumerable.Range(0, 50).Select(i => Answer($"a{i}", "one"))]);
        Assert.Equal(AnswerSamples.Select(result, 3, 1), AnswerSamples.Select(result, 3, 1));
        Assert.NotEqual(AnswerSamples.Select(result, 3, 1), AnswerSamples.Select(result, 3, 2));
        Assert.Equal(50, AnswerSamples.Select(result, 100, 1).Distinct().Count());
    }

    [Fact]
    public void Draw_BaseAlone_HasNothingToCompare() =>
        Assert.Empty(AnswerSamples.Select(Result([Answer("a", "one") with { TunedAnswer = null }]), 3, 1));

    private static EvaluationResult Result(IReadOnlyList<AnswerRecord> answers) => new(answers.Count, true, [], answers);

    private static AnswerRecord Answer(string id, string? type) =>
        new(id, "rows.jsonl", type, ["p.png"], "How much?", ["1"], "2", "1", new Dictionary<string, double>(), null);
}
