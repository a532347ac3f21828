namespace Litre.Evaluation.Metrics;

/// <summary>
/// Average normalized Levenshtein similarity (Biten and others 2019, "Scene Text Visual Question Answering"), as
/// DocVQA scores: 1 - distance / longer length, the best over the references, and 0 below one half.
/// </summary>
public static class Anls
{
    /// <summary>Similarity below which an answer counts as wrong.</summary>
    public const double Threshold = 0.5;

    /// <returns>0 to 1.</returns>
    public static double Score(string answer, IReadOnlyList<string> references)
    {
        var best = 0.0;
        var found = EditDistance.Scalars(AnswerText.Normalize(answer));
        foreach (var reference in references)
        {
            var wanted = EditDistance.Scalars(AnswerText.Normalize(reference));
            var longer = Math.Max(found.Length, wanted.Length);
            // If the lengths alone decide, the distance need not be computed: answers can have thousands of characters.
            if (longer > 0 && Math.Min(found.Length, wanted.Length) < Threshold * longer)
                continue;
            best = Math.Max(best, longer == 0 ? 1 : 1 - (double)EditDistance.Between(found, wanted) / longer);
        }
        return best < Threshold ? 0 : best;
    }
}
