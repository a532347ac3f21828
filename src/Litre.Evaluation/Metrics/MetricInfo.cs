namespace Litre.Evaluation.Metrics;

/// <summary>Names and properties of metrics.</summary>
public static class MetricInfo
{
    /// <summary>The name in JSON, such as <c>exact_match</c>.</summary>
    public static string Key(this Metric metric) =>
        metric switch
        {
            Metric.Score => "score",
            Metric.Loss => "loss",
            Metric.ExactMatch => "exact_match",
            Metric.MultipleChoice => "multiple_choice",
            Metric.Similarity => "similarity",
            Metric.Anls => "anls",
            Metric.RelaxedAccuracy => "relaxed_accuracy",
            Metric.CharacterErrorRate => "character_error_rate",
            Metric.BoxAccuracy => "box_accuracy",
            _ => "box_iou",
        };

    /// <summary>The metric with the given name in JSON.</summary>
    /// <exception cref="ArgumentException">There is no such metric.</exception>
    public static Metric OfKey(string key) =>
        Enum.GetValues<Metric>().Where(m => m.Key() == key).Cast<Metric?>().FirstOrDefault()
        ?? throw new ArgumentException($"'{key}' is not a metric", nameof(key));

    /// <summary>The readable name.</summary>
    public static string Label(this Metric metric) =>
        metric switch
        {
            Metric.Score => "score",
            Metric.Loss => "loss (nats/token)",
            Metric.ExactMatch => "exact match",
            Metric.MultipleChoice => "multiple choice",
            Metric.Similarity => "similarity",
            Metric.Anls => "ANLS",
            Metric.RelaxedAccuracy => "relaxed accuracy (5 %)",
            Metric.CharacterErrorRate => "character error rate",
            Metric.BoxAccuracy => "boxes at IoU 0.5",
            _ => "box IoU",
        };

    public static bool HigherIsBetter(this Metric metric) => metric is not (Metric.Loss or Metric.CharacterErrorRate);

    /// <summary>True if the value is a share, displayed in percent.</summary>
    public static bool IsShare(this Metric metric) => metric is not Metric.Loss;
}
