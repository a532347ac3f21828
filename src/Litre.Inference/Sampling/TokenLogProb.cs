namespace Litre.Inference.Sampling;

/// <summary>How likely a token was, before temperature, penalties and filters.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProb">Its natural log-probability.</param>
/// <param name="Top">The most likely tokens, if they were requested, in descending order.</param>
public sealed record TokenLogProb(int Token, double LogProb, IReadOnlyList<(int Token, double LogProb)> Top);
