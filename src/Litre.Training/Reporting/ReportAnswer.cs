using Litre.Training.Evaluation;

namespace Litre.Training.Reporting;

/// <summary>An answer as the page shows it.</summary>
/// <param name="Record">Question, references, answers and scores.</param>
/// <param name="Pictures">Data URLs of small pictures.</param>
/// <param name="Note">Why a picture is not shown, or how many more there are; empty where nothing is to be said.</param>
public sealed record ReportAnswer(AnswerRecord Record, IReadOnlyList<string> Pictures, string Note);
