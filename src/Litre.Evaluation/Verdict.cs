using System.Text.Json.Serialization;

namespace Litre.Evaluation;

/// <summary>What a comparison of base and tuned shows at the 5 % level.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    [JsonStringEnumMemberName("not proven")]
    NotProven,

    [JsonStringEnumMemberName("better")]
    Better,

    [JsonStringEnumMemberName("worse")]
    Worse,
}
