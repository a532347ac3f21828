using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// The keys of one object of a row, with a record of how they are used. Code that reads a value states what it is used as
/// (<see cref="Use"/>), why it has no effect (<see cref="Ignore"/>), or that its row cannot be used because of it
/// (<see cref="Refuse"/>); keys that are not read count as ignored. Keys whose values are null or empty count as absent.
/// Letter case does not matter unless another key differs only in case.
/// </summary>
internal sealed class RowFields
{
    private readonly Dictionary<string, Entry> _present = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Entry> _inOrder = [];
    private readonly Dictionary<string, object?> _map;
    private readonly string _prefix;

    private RowFields(
        RowNotes notes,
        KeyLevel level,
        Dictionary<string, object?> map,
        string prefix,
        IReadOnlyDictionary<string, string>? names = null
    )
    {
        (Notes, Level, _prefix, _map) = (notes, level, prefix, map);
        foreach (var (key, value) in map)
        {
            if (IsAbsent(value))
                continue;
            var entry = new Entry(names?.GetValueOrDefault(key) ?? key, value);
            _inOrder.Add(entry);
            if (!_present.TryAdd(key.Trim(), entry) && map.ContainsKey(key.ToLowerInvariant()))
                _present[key] = _inOrder.FirstOrDefault(e => e.Key == key.ToLowerInvariant()) ?? _present[key];
        }
        notes.Register(this);
    }

    public RowNotes Notes { get; }

    public KeyLevel Level { get; }

    /// <summary>The location of the row.</summary>
    public SampleOrigin Origin => Notes.Origin;

    /// <summary>Keys with values, as written and in order.</summary>
    public IEnumerable<string> Keys => _inOrder.Select(e => e.Key);

    /// <summary>Keys with values that have not been read so far.</summary>
    public IEnumerable<(string Key, object? Value)> Unread =>
        _inOrder.Where(e => e is { Outcome: KeyOutcome.Ignored, Detail: "" }).Select(e => (e.Key, e.Value));

    /// <summary>The keys of a row.</summary>
    /// <param name="notes">The notes of the row.</param>
    /// <param name="map">Its keys and values.</param>
    /// <param name="names">The data's own name of each renamed key, which messages and totals show.</param>
    public static RowFields OfRow(RowNotes notes, Dictionary<string, object?> map, IReadOnlyDictionary<string, string>? names = null) =>
        new(notes, KeyLevel.Row, map, "", names);

    /// <summary>The keys of an object inside this one at another level: a turn of a row, a part of a turn.</summary>
    public RowFields ForLevel(KeyLevel level, Dictionary<string, object?> map) => new(Notes, level, map, "");

    /// <summary>The keys of an object that is the value of a key, or an item of a list there.</summary>
    public RowFields ForObject(string key, Dictionary<string, object?> map) => new(Notes, Level, map, $"{_prefix}{key}.");

    public bool Has(string key) => _present.ContainsKey(key);

    /// <summary>The first of several keys that is present but has no value.</summary>
    public string? FirstEmpty(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (_map.ContainsKey(key) && !Has(key))
                return key;
        return null;
    }

    /// <summary>The first of several keys that has a value; null if none has.</summary>
    public string? First(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Has(key))
                return key;
        return null;
    }

    /// <summary>The value of a key, null if it is absent; does not count as reading the key.</summary>
    public object? Peek(string? key) => key != null && _present.TryGetValue(key, out var entry) ? entry.Value : null;

    /// <summary>Returns the value of a key, null if it is absent, and records what it is used as.</summary>
    public object? Use(string? key, string what)
    {
        if (key == null || !_present.TryGetValue(key, out var entry))
            return null;
        if (entry.Outcome is not (KeyOutcome.Used or KeyOutcome.Refused))
            entry.Note(KeyOutcome.Used, what);
        return entry.Value;
    }

    /// <summary>Returns the value of the first of several keys that has one, and records what it is used as.</summary>
    public object? UseFirst(string what, params ReadOnlySpan<string> keys) => Use(First(keys), what);

    /// <summary>Records why the key has no effect, even if it was read.</summary>
    public void Ignore(string? key, string reason)
    {
        if (key != null && _present.TryGetValue(key, out var entry))
            entry.Note(KeyOutcome.Ignored, reason);
    }

    /// <summary>Records that the row cannot be used because of this key, and returns the exception to throw.</summary>
    public RowException Refuse(string key, string reason, string remedy, UnusableKind kind = UnusableKind.Row)
    {
        if (_present.TryGetValue(key, out var entry))
            entry.Note(KeyOutcome.Refused, reason);
        return new RowException(reason, remedy, kind);
    }

    /// <summary>Runs code that reads a key's value; if it fails, the key is recorded as the reason.</summary>
    public T ReadValue<T>(string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RowException e)
        {
            Refuse(key, e.Message, e.Remedy, e.Kind);
            throw;
        }
    }

    /// <summary>Adds a warning about the row, which can still be used; see <see cref="DataWarning"/>.</summary>
    public void Warn(string text) => Notes.Warn(text);

    /// <summary>The first few keys as written, for messages.</summary>
    public override string ToString() => FormatKeys([.. Keys]);

    /// <summary>The first few of some keys, for messages.</summary>
    internal static string FormatKeys(IReadOnlyCollection<string> keys)
    {
        var names = keys.Take(8).Select(PathResolver.Shorten);
        return keys.Count == 0 ? "none" : string.Join(", ", names) + (keys.Count > 8 ? ", …" : "");
    }

    internal IEnumerable<KeyUse> Uses(bool usable) =>
        _inOrder.Select(e =>
        {
            var key = PathResolver.Shorten(_prefix + e.Key);
            return usable || e.Outcome == KeyOutcome.Refused
                ? new KeyUse(Level, key, e.Outcome, e.Detail)
                : new KeyUse(Level, key, KeyOutcome.RowUnusable, "");
        });

    /// <summary>True for null, empty text, empty lists, and objects and lists that contain nothing else.</summary>
    internal static bool IsAbsent(object? value) =>
        value switch
        {
            null or "" => true,
            string text => string.IsNullOrWhiteSpace(text),
            List<object?> list => list.All(i => i is null)
                || list.All(i => i is Dictionary<string, object?> or List<object?> && IsAbsent(i)),
            Dictionary<string, object?> map => map.Values.All(IsAbsent),
            _ => false,
        };

    private sealed class Entry(string key, object? value)
    {
        public string Key => key;

        public object? Value => value;

        public KeyOutcome Outcome { get; private set; } = KeyOutcome.Ignored;

        public string Detail { get; private set; } = "";

        public void Note(KeyOutcome outcome, string detail) => (Outcome, Detail) = (outcome, detail);
    }
}
