namespace Litre.Data.Tokenization;

/// <summary>One entry of <c>added_tokens</c> in <c>tokenizer.json</c>.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">A control token, left out of decoded text on request.</param>
/// <param name="IsNormalized">Matched in the normalised text instead of the text as given.</param>
/// <param name="StripsLeft">Swallows white space before it.</param>
/// <param name="StripsRight">Swallows white space after it.</param>
public sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized, bool StripsLeft, bool StripsRight);
