namespace Litre.Inference;

/// <summary>The answer to a question.</summary>
/// <param name="Text">The whole answer.</param>
/// <param name="NewTokens">The number of generated tokens, over all tiles if each was asked separately.</param>
/// <param name="IsCut">Whether the answer ended because it reached the maximum length.</param>
public sealed record AnswerResult(string Text, int NewTokens, bool IsCut);
