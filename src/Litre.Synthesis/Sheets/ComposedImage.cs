namespace Litre.Synthesis.Sheets;

/// <summary>An image before it is rendered, and all questions that can be asked about it.</summary>
internal sealed record ComposedImage(Canvas Canvas, IReadOnlyList<QuestionSpec> Questions);
