namespace Litre.Inference;

/// <summary>The answer to a question.</summary>
/// <param name="Text">The whole answer.</param>
/// <param name="NewTokens">Tokens that were generated for it, over all tiles where each was asked by itself.</param>
/// <param name="IsCut">Whether it ended because it reached the longest length allowed.</param>
public sealed record AnswerResult(string Text, int NewTokens, bool IsCut);
