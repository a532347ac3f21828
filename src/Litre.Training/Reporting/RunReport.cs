using Litre.Training.Evaluation;

namespace Litre.Training.Reporting;

/// <summary>Everything that a run's page shows; what is empty is left out of the page.</summary>
public sealed record RunReport
{
    public required string Title { get; init; }

    /// <summary>One line beneath the title, such as when the run ended and how.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Large numbers at the top: what, and its value with its unit.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>The recipe, one row each.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>Training loss of each step, in nats a token.</summary>
    public IReadOnlyList<ReportPoint> Losses { get; init; } = [];

    /// <summary>Loss on the held-out side, in nats a token.</summary>
    public IReadOnlyList<ReportPoint> ValidationLosses { get; init; } = [];

    public IReadOnlyList<ReportPoint> LearningRates { get; init; } = [];

    public IReadOnlyList<ReportPoint> TokensPerSecond { get; init; } = [];

    /// <summary>Base against tuned, or the base alone; null where nothing was evaluated.</summary>
    public EvaluationResult? Evaluation { get; init; }

    /// <summary>Answers to show, with their pictures; see <see cref="ReportAnswers.Draw"/>.</summary>
    public IReadOnlyList<ReportAnswer> Answers { get; init; } = [];

    /// <summary>What the reader should know: rows left out, licences, interruptions.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];
}
