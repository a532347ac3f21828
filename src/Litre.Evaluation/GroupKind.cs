using System.Text.Json.Serialization;

namespace Litre.Evaluation;

/// <summary>What samples of a comparison have in common.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GroupKind>))]
public enum GroupKind
{
    [JsonStringEnumMemberName("all")]
    All,

    [JsonStringEnumMemberName("source")]
    Source,

    [JsonStringEnumMemberName("question_type")]
    QuestionType,
}
