namespace Litre.Data.Keys;

/// <summary>What became of one key of one row.</summary>
/// <param name="Level">Where the key stands.</param>
/// <param name="Key">Its name; keys inside its value follow after a point, such as <c>objects.bbox</c>.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">What it was used as, why it was ignored, or why its row cannot be used; empty where there is nothing to
/// say.</param>
public readonly record struct KeyUse(KeyLevel Level, string Key, KeyOutcome Outcome, string Detail);
