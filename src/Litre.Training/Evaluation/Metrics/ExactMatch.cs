namespace Litre.Training.Evaluation.Metrics;

/// <summary>1 where the answer equals a reference after <see cref="AnswerText.Normalise"/>, as SQuAD counts (Rajpurkar and others 2016, section 6.1).</summary>
public static class ExactMatch
{
    /// <returns>0 or 1.</returns>
    public static double Score(string answer, IReadOnlyList<string> references)
    {
        var normal = AnswerText.Normalise(answer);
        return references.Any(r => AnswerText.Normalise(r) == normal) ? 1 : 0;
    }
}
