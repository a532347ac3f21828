namespace Litre.Evaluation.Metrics;

/// <summary>
/// 1 - edit distance / longer length (Levenshtein 1966), the best over the references: ANLS without its threshold, so that long
/// answers that are half right differ from wrong ones.
/// </summary>
public static class Similarity
{
    /// <returns>0 to 1.</returns>
    public static double Score(string answer, IReadOnlyList<string> references)
    {
        var found = EditDistance.Scalars(AnswerText.Normalize(answer));
        return references
            .Select(r => EditDistance.Scalars(AnswerText.Normalize(r)))
            .Max(wanted =>
                Math.Max(found.Length, wanted.Length) is var longer and > 0 ? 1 - (double)EditDistance.Between(found, wanted) / longer : 1
            );
    }
}
