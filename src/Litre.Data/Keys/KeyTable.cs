using System.Runtime.InteropServices;

namespace Litre.Data.Keys;

/// <summary>Adds up what became of each key, row by row. Memory is bounded whatever rows are named. Not thread-safe.</summary>
internal sealed class KeyTable
{
    private const int MaximumKeys = 2000;
    private const int MaximumDetails = 8;
    private const string Others = "(other keys)";
    private const string OtherDetails = "for other reasons";

    private readonly Dictionary<(KeyLevel Level, string Key), Entry> _entries = [];

    /// <summary>In the order of levels, then of first sight.</summary>
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

/// <summary>Where a key stands: in the row itself, in a turn of its conversation, or in a typed part of a turn.</summary>
public enum KeyLevel
{
    Row,
    Turn,
    Part,
}

/// <summary>What became of a key of one row.</summary>
public enum KeyOutcome
{
    /// <summary>It was obeyed, or its value became a part of the sample.</summary>
    Used,

    /// <summary>It has no effect on the sample.</summary>
    Ignored,

    /// <summary>It is the reason why its row cannot be used.</summary>
    Refused,

    /// <summary>Its row cannot be used for a reason other than this key.</summary>
    RowUnusable,
}

/// <summary>What became of one key in all rows that have it. A key whose value is null or empty counts as absent.</summary>
/// <param name="Level">Where the key stands.</param>
/// <param name="Key">Its name, as in <see cref="KeyUse.Key"/>.</param>
/// <param name="Rows">Rows that have it.</param>
/// <param name="Uses">Its outcomes, the most frequent first.</param>
public sealed record KeySummary(KeyLevel Level, string Key, long Rows, IReadOnlyList<KeyUseCount> Uses);

/// <summary>What became of one key of one row.</summary>
/// <param name="Level">Where the key stands.</param>
/// <param name="Key">Its name; keys inside its value follow after a point, such as <c>objects.bbox</c>.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">What it was used as, why it was ignored, or why its row cannot be used; empty where there is nothing to
/// say.</param>
public readonly record struct KeyUse(KeyLevel Level, string Key, KeyOutcome Outcome, string Detail);

/// <summary>In how many rows a key had one outcome.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">As in <see cref="KeyUse.Detail"/>.</param>
/// <param name="Rows">Rows with this outcome; a row whose turns differ counts for each of its outcomes.</param>
public sealed record KeyUseCount(KeyOutcome Outcome, string Detail, long Rows);
