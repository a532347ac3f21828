using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core.Files;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;

namespace Litre.Library.Comparison;

/// <summary>A comparison of two adapters on disk: <c>comparison.json</c> and <c>differences.jsonl</c>, one row for each question.</summary>
public static class ComparisonFiles
{
    /// <summary>The metrics of both adapters and the paired test.</summary>
    public const string ResultName = "comparison.json";

    /// <summary>Both answers to each question, with their scores.</summary>
    public const string RowsName = "differences.jsonl";

    private static readonly JsonSerializerOptions Indented = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false };

    /// <summary>The result as JSON.</summary>
    /// <param name="a">The name of the first adapter.</param>
    /// <param name="b">The name of the second.</param>
    /// <param name="properties">What differs in their entries.</param>
    /// <param name="result">The comparison of their answers, or null.</param>
    public static string ToJson(string a, string b, IReadOnlyList<EntryDifference> properties, EvaluationResult? result) =>
        JsonSerializer.Serialize(
            new
            {
                A = a,
                B = b,
                Properties = properties,
                result?.Samples,
                Rows = result?.Rows.Select(r => new
                {
                    Metric = r.Metric.Key(),
                    r.Group,
                    r.Name,
                    r.Samples,
                    A = r.Base,
                    B = r.Tuned,
                    r.Difference,
                    r.PValue,
                    r.Verdict,
                }),
                result?.Verdict,
            },
            Indented
        );

    /// <summary>What the second adapter's answer to a question is compared with the first's.</summary>
    public static string Change(AnswerRecord answer)
    {
        var key = answer.Headline ?? "loss";
        if (
            answer.TunedScores is null
            || !answer.BaseScores.TryGetValue(key, out var before)
            || !answer.TunedScores.TryGetValue(key, out var after)
        )
            return "unknown";
        if (before != after)
            return after > before == (key != "loss") ? "better" : "worse";
        return answer.BaseAnswer == answer.TunedAnswer ? "same" : "other words";
    }

    /// <summary>Writes both files; each appears complete or not at all.</summary>
    /// <exception cref="Core.InputException">The folder cannot be written, or the disk is full.</exception>
    public static void Write(string folder, string a, string b, IReadOnlyList<EntryDifference> properties, EvaluationResult result)
    {
        var rows = new StringBuilder();
        foreach (var answer in result.Answers)
            rows.Append(
                    JsonSerializer.Serialize(
                        new
                        {
                            answer.Id,
                            answer.Source,
                            answer.QuestionType,
                            answer.Images,
                            answer.Question,
                            answer.References,
                            AAnswer = answer.BaseAnswer,
                            BAnswer = answer.TunedAnswer,
                            AScores = answer.BaseScores,
                            BScores = answer.TunedScores,
                            answer.Headline,
                            Change = Change(answer),
                        },
                        OneLine
                    )
                )
                .Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, RowsName), rows.ToString());
        AtomicFile.WriteText(Path.Combine(folder, ResultName), ToJson(a, b, properties, result) + "\n");
    }
}
