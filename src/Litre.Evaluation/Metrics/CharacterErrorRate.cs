namespace Litre.Evaluation.Metrics;

/// <summary>
/// Edits per character of the reference, the measure of text recognition (Morris, Maier and Green 2004). For several samples, it is all
/// edits divided by all characters. Only white space and width are normalized: case is part of reading.
/// </summary>
public static class CharacterErrorRate
{
    /// <summary>The rate against the nearest reference, and the first reference's length, which is its weight.</summary>
    /// <returns>0 and more; characters at least 1, the same for every answer to one question.</returns>
    public static (double Rate, int Characters) Score(string answer, IReadOnlyList<string> references)
    {
        var found = EditDistance.Scalars(Collapse(answer));
        var texts = references.Select(r => EditDistance.Scalars(Collapse(r))).ToArray();
        return (texts.Min(t => (double)EditDistance.Between(found, t) / Math.Max(t.Length, 1)), Math.Max(texts[0].Length, 1));
    }

    private static string Collapse(string text) =>
        string.Join(' ', AnswerText.HalfWidth(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
