namespace Litre.Evaluation;

/// <summary>What one model made of one sample.</summary>
/// <param name="LossSum">Cross entropy of the reference answer summed over its tokens, in nats.</param>
/// <param name="AnswerTokens">Those tokens.</param>
/// <param name="Answer">What the model answered; null where no answers were generated.</param>
public sealed record SampleOutcome(double LossSum, int AnswerTokens, string? Answer)
{
    /// <summary>Whether the answer was cut off at the most tokens that it may have.</summary>
    public bool IsCut { get; init; }
}
