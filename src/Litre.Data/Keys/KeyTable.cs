using System.Runtime.InteropServices;

namespace Litre.Data.Keys;

/// <summary>Counts how each key was used, row by row. Memory is bounded regardless of the keys. Not thread-safe.</summary>
internal sealed class KeyTable
{
    private const int MaximumKeys = 2000;
    private const int MaximumDetails = 8;
    private const string Others = "(other keys)";
    private const string OtherDetails = "for other reasons";

    private readonly Dictionary<(KeyLevel Level, string Key), Entry> _entries = [];

    /// <summary>In the order of levels, then of first occurrence.</summary>
    public IReadOnlyList<KeySummary> Summaries =>
        [
            .. _entries
                .OrderBy(e => e.Key.Level)
                .Select(e => new KeySummary(
                    e.Key.Level,
                    e.Key.Key,
                    e.Value.Rows,
                    [.. e.Value.Uses.Select(u => new KeyUseCount(u.Key.Outcome, u.Key.Detail, u.Value)).OrderByDescending(u => u.Rows)]
                )),
        ];

    /// <summary>Adds one row's keys; the same use several times in one row counts once.</summary>
    public void Add(IReadOnlyList<KeyUse> row)
    {
        var seen = new HashSet<(KeyLevel, string)>();
        foreach (var use in row.Distinct())
        {
            var name = (use.Level, use.Key);
            if (!_entries.ContainsKey(name) && _entries.Count >= MaximumKeys)
                name = (use.Level, Others);
            if (!_entries.TryGetValue(name, out var entry))
                _entries[name] = entry = new Entry();
            if (seen.Add(name))
                entry.Rows++;
            var what = (use.Outcome, use.Detail);
            if (!entry.Uses.ContainsKey(what) && entry.Uses.Count >= MaximumDetails)
                what.Detail = OtherDetails;
            CollectionsMarshal.GetValueRefOrAddDefault(entry.Uses, what, out _)++;
        }
    }

    private sealed class Entry
    {
        public long Rows { get; set; }

        public Dictionary<(KeyOutcome Outcome, string Detail), long> Uses { get; } = [];
    }
}

/// <summary>The location of a key: in the row itself, in a turn of its conversation, or in a typed part of a turn.</summary>
public enum KeyLevel
{
    Row,
    Turn,
    Part,
}

/// <summary>How a key of one row was used.</summary>
public enum KeyOutcome
{
    /// <summary>It was applied, or its value is part of the sample.</summary>
    Used,

    /// <summary>It has no effect on the sample.</summary>
    Ignored,

    /// <summary>Its row cannot be used because of it.</summary>
    Refused,

    /// <summary>Its row cannot be used for a reason other than this key.</summary>
    RowUnusable,
}

/// <summary>How one key was used in all rows that have it. A key whose value is null or empty counts as absent.</summary>
/// <param name="Level">The location of the key.</param>
/// <param name="Key">Its name, as in <see cref="KeyUse.Key"/>.</param>
/// <param name="Rows">Rows that have it.</param>
/// <param name="Uses">Its outcomes, the most frequent first.</param>
public sealed record KeySummary(KeyLevel Level, string Key, long Rows, IReadOnlyList<KeyUseCount> Uses);

/// <summary>How one key of one row was used.</summary>
/// <param name="Level">The location of the key.</param>
/// <param name="Key">Its name; keys inside its value follow after a dot, such as <c>objects.bbox</c>.</param>
/// <param name="Outcome">How it was used.</param>
/// <param name="Detail">What it was used as, why it was ignored, or why its row cannot be used; may be
/// empty.</param>
public readonly record struct KeyUse(KeyLevel Level, string Key, KeyOutcome Outcome, string Detail);

/// <summary>The number of rows in which a key had one outcome.</summary>
/// <param name="Outcome">How it was used.</param>
/// <param name="Detail">As in <see cref="KeyUse.Detail"/>.</param>
/// <param name="Rows">Rows with this outcome; a row whose turns differ counts for each of its outcomes.</param>
public sealed record KeyUseCount(KeyOutcome Outcome, string Detail, long Rows);
