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
