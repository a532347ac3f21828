namespace Litre.Training.Tuning;

/// <summary>How the tuned model is compared with its base after training, and the language of the report.</summary>
public sealed record ComparisonSettings
{
    /// <summary>Which models answer questions.</summary>
    public EvaluationTime When { get; init; } = EvaluationTime.Both;

    /// <summary>Maximum number of samples to answer; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>Maximum tokens per answer.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Whether base and tuned model are also compared with downscaled pages.</summary>
    public bool Shrunk { get; init; } = true;

    public ReportLanguage ReportLanguage { get; init; }
}
