namespace Litre.Data.Keys;

/// <summary>What became of one key in all rows that have it. A key whose value is null or empty counts as absent.</summary>
/// <param name="Level">Where the key stands.</param>
/// <param name="Key">Its name, as in <see cref="KeyUse.Key"/>.</param>
/// <param name="Rows">Rows that have it.</param>
/// <param name="Uses">Its outcomes, the most frequent first.</param>
public sealed record KeySummary(KeyLevel Level, string Key, long Rows, IReadOnlyList<KeyUseCount> Uses);
