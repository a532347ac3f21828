using Litre.Evaluation;
using Litre.Planning;
using Litre.Training.Tuning;

namespace Litre.Reporting;

/// <summary>Everything that a run's report shows; empty parts are omitted.</summary>
public sealed record RunReport
{
    public required string Title { get; init; }

    /// <summary>One line beneath the title, such as when the run ended and how.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>The language of the page's own words; English if it was not set.</summary>
    public ReportLanguage Language { get; init; } = ReportLanguage.En;

    /// <summary>Large numbers at the top: the name, and the value with its unit.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>The recipe, one row each.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>Training loss of each step, in nats per token.</summary>
    public IReadOnlyList<ReportPoint> Losses { get; init; } = [];

    /// <summary>Loss on the held-out samples, in nats per token; step 0 is the base model.</summary>
    public IReadOnlyList<ReportPoint> ValidationLosses { get; init; } = [];

    public IReadOnlyList<ReportPoint> LearningRates { get; init; } = [];

    public IReadOnlyList<ReportPoint> TokensPerSecond { get; init; } = [];

    /// <summary>How the training ended; null for an evaluation alone.</summary>
    public TuneEnd? End { get; init; }

    /// <summary>The warnings given before the run; null for none.</summary>
    public RunWarnings? Warnings { get; init; }

    /// <summary>Base against tuned, or the base alone; null if nothing was evaluated.</summary>
    public EvaluationResult? Evaluation { get; init; }

    /// <summary>Answers to show, with their images; see <see cref="ReportAnswers.Select"/>.</summary>
    public IReadOnlyList<ReportAnswer> Answers { get; init; } = [];

    /// <summary>Additional tables, folded after those of the evaluation.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Notes of the run: rows left out, licences, interruptions, what the governor did.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];
}
