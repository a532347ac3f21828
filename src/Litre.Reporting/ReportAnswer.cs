using Litre.Evaluation;

namespace Litre.Reporting;

/// <summary>An answer as the page shows it.</summary>
/// <param name="Record">Question, references, answers and scores.</param>
/// <param name="Pictures">Data URLs of small images.</param>
/// <param name="Note">Why an image is not shown; empty where nothing is to be said.</param>
public sealed record ReportAnswer(AnswerRecord Record, IReadOnlyList<string> Pictures, string Note)
{
    /// <summary>Images of the question that are not shown.</summary>
    public int HiddenImages { get; init; }

    /// <summary>Whether it is shown for being wrong rather than drawn evenly.</summary>
    public bool IsFurther { get; init; }
}
