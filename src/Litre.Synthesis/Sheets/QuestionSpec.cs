namespace Litre.Synthesis.Sheets;

/// <summary>A question about one image, and its exact answer.</summary>
/// <param name="Type">The kind of question in snake case, as in rows.</param>
/// <param name="English">Its variants.</param>
/// <param name="Chinese">The same in Chinese.</param>
/// <param name="Answer">The answer.</param>
/// <param name="ChineseAnswer">The answer to the Chinese question if it differs, as for labels of boxes.</param>
internal sealed record QuestionSpec(string Type, string[] English, string[] Chinese, string Answer, string? ChineseAnswer = null)
{
    /// <summary>The relative frequency of this kind.</summary>
    public int Weight { get; init; } = 4;
}

/// <summary>A question as written in a row, and its answer.</summary>
internal readonly record struct AskedQuestion(string Type, string Text, string Answer);
