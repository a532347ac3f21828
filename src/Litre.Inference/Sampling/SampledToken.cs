namespace Litre.Inference.Sampling;

/// <summary>A token that was chosen.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProb">How likely it was, if that was requested.</param>
public readonly record struct SampledToken(int Token, TokenLogProb? LogProb);
