namespace Litre.Training.Tuning;

/// <summary>How the tuned model is compared with its base after the training, and in which language that is reported.</summary>
public sealed record ComparisonSettings
{
    /// <summary>Which of the two answer.</summary>
    public EvaluationTime When { get; init; } = EvaluationTime.Both;

    /// <summary>Most samples that are answered; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>Tokens after which an answer is cut off.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Whether base and tuned model are also compared with pages shrunk.</summary>
    public bool Shrunk { get; init; } = true;

    public ReportLanguage ReportLanguage { get; init; }
}
