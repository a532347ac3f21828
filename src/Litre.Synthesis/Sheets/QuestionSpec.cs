namespace Litre.Synthesis.Sheets;

/// <summary>Something that can be asked about one image, and its exact answer.</summary>
/// <param name="Type">The kind of question in snake case, as rows carry it.</param>
/// <param name="English">Ways to ask it.</param>
/// <param name="Chinese">The same in Chinese.</param>
/// <param name="Answer">What answers it.</param>
/// <param name="ChineseAnswer">The answer to the Chinese question where it differs, as the labels of boxes do.</param>
internal sealed record QuestionSpec(string Type, string[] English, string[] Chinese, string Answer, string? ChineseAnswer = null)
{
    /// <summary>How often this kind is drawn, compared with others.</summary>
    public int Weight { get; init; } = 4;
}

/// <summary>A question as a row asks it, and its answer.</summary>
internal readonly record struct AskedQuestion(string Type, string Text, string Answer);
