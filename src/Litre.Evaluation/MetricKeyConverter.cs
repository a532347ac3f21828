using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Evaluation.Metrics;

namespace Litre.Evaluation;

/// <summary>Converts metrics to and from their keys, such as <c>exact_match</c>.</summary>
public sealed class MetricKeyConverter : JsonConverter<Metric>
{
    public override Metric Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var key = reader.GetString();
        foreach (var metric in Enum.GetValues<Metric>())
            if (metric.Key() == key)
                return metric;
        throw new JsonException($"'{key}' is not a metric");
    }

    public override void Write(Utf8JsonWriter writer, Metric value, JsonSerializerOptions options) => writer.WriteStringValue(value.Key());
}
