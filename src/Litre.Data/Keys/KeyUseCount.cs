namespace Litre.Data.Keys;

/// <summary>In how many rows a key had one outcome.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">As in <see cref="KeyUse.Detail"/>.</param>
/// <param name="Rows">Rows with this outcome; a row whose turns differ counts for each of its outcomes.</param>
public sealed record KeyUseCount(KeyOutcome Outcome, string Detail, long Rows);
