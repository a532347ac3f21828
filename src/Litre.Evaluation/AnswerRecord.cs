using System.Text.Json.Serialization;

namespace Litre.Evaluation;

/// <summary>One line of <c>answers.jsonl</c>.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Source">Its data file.</param>
/// <param name="QuestionType">The data's own kind of question, or null.</param>
/// <param name="Images">Its images by name, embedded ones by their place.</param>
/// <param name="Question">The last question.</param>
/// <param name="References">Answers that count as right.</param>
/// <param name="BaseAnswer">What the base model answered; null where no answers were generated.</param>
/// <param name="TunedAnswer">What the tuned model answered; null also where the base is evaluated alone.</param>
/// <param name="BaseScores">Metric by key; the loss is a token's mean.</param>
/// <param name="TunedScores">The same of the tuned model, or null.</param>
public sealed record AnswerRecord(
    string Id,
    string Source,
    string? QuestionType,
    IReadOnlyList<string> Images,
    string Question,
    IReadOnlyList<string> References,
    string? BaseAnswer,
    string? TunedAnswer,
    IReadOnlyDictionary<string, double> BaseScores,
    IReadOnlyDictionary<string, double>? TunedScores
)
{
    /// <summary>The metric that decides of this sample, by its key in the scores; null where no answers were generated.</summary>
    public string? Headline { get; init; }

    /// <summary>Whether the base model's answer was cut off at <c>max-new-tokens</c>.</summary>
    [JsonPropertyName("base_cut")]
    public bool BaseTruncated { get; init; }

    /// <summary>The same of the tuned model's.</summary>
    [JsonPropertyName("tuned_cut")]
    public bool TunedTruncated { get; init; }
}
