namespace ServeSoak;

/// <summary>What a client received.</summary>
/// <param name="Status">The HTTP status; 0 if the connection ended before there was one.</param>
/// <param name="Text">The text of the answer, or the body of an error.</param>
/// <param name="Request">The id that the server gave a question; null for errors and other requests.</param>
/// <param name="IsComplete">Whether the answer arrived to its end.</param>
/// <param name="CachedTokens">Tokens of the prompt that were not computed again.</param>
internal sealed record Answer(int Status, string Text, string? Request, bool IsComplete, int CachedTokens);
