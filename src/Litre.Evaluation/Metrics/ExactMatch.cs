namespace Litre.Evaluation.Metrics;

/// <summary>
/// 1 if the answer equals a reference after <see cref="CanonicalText.Of"/>, as SQuAD counts (Rajpurkar and others 2016, section 6.1).
/// </summary>
public static class ExactMatch
{
    /// <returns>0 or 1.</returns>
    public static double Score(string answer, IReadOnlyList<string> references)
    {
        var normal = CanonicalText.Of(answer);
        return references.Any(r => CanonicalText.Of(r) == normal) ? 1 : 0;
    }
}
