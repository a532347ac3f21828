namespace Litre.Synthesis.Sheets;

/// <summary>A picture before it is rendered, and all that can be asked about it.</summary>
internal sealed record ComposedImage(Canvas Sheet, IReadOnlyList<QuestionSpec> Asks);
