using System.Text.Json.Serialization;

namespace Litre.Evaluation;

/// <summary>One line of <c>answers.jsonl</c>.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Source">Its data file.</param>
/// <param name="QuestionType">The data's own kind of question, or null.</param>
/// <param name="Images">The names of its images, or the places of embedded ones.</param>
/// <param name="Question">The last question.</param>
/// <param name="References">Answers that are accepted as correct.</param>
/// <param name="BaseAnswer">What the base model answered; null if no answers were generated.</param>
/// <param name="TunedAnswer">What the tuned model answered; also null if the base is evaluated alone.</param>
/// <param name="BaseScores">Scores by metric key; the loss is the mean per token.</param>
/// <param name="TunedScores">The same for the tuned model, or null.</param>
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
    /// <summary>The key of the decisive metric of this sample in the scores; null if no answers were generated.</summary>
    public string? Headline { get; init; }

    /// <summary>Whether the base model's answer was truncated at <c>max-new-tokens</c>.</summary>
    [JsonPropertyName("base_cut")]
    public bool BaseTruncated { get; init; }

    /// <summary>The same for the tuned model.</summary>
    [JsonPropertyName("tuned_cut")]
    public bool TunedTruncated { get; init; }
}
