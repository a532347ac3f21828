using Litre.Data.Samples;

namespace Litre.Data.Check;

/// <summary>A sample beyond the limit.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Tokens">Its length.</param>
/// <param name="VisualTokens">How many of them are pictures.</param>
/// <param name="CutAnswerTokens">Answer tokens that would be cut at the limit.</param>
public sealed record LongSample(SampleOrigin Origin, int Tokens, int VisualTokens, int CutAnswerTokens);
