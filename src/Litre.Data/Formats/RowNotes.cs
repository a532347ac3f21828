using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>What is noted while one row is parsed: what became of each key, and warnings.</summary>
internal sealed class RowNotes(SampleOrigin origin)
{
    private readonly List<RowFields> _objects = [];
    private readonly List<DataWarning> _warnings = [];

    /// <summary>Where the row stands.</summary>
    public SampleOrigin Origin => origin;

    /// <summary>Warnings so far.</summary>
    public IReadOnlyList<DataWarning> Warnings => _warnings;

    /// <summary>Keys that nobody asked for so far.</summary>
    public IEnumerable<(RowFields Fields, string Key, object? Value)> Unread =>
        _objects.SelectMany(o => o.Unread.Select(u => (o, u.Key, u.Value)));

    /// <summary>Adds a warning; a text that is there already is not repeated.</summary>
    public void Warn(string text)
    {
        if (_warnings.All(w => w.Text != text))
            _warnings.Add(new DataWarning(text));
    }

    /// <summary>Every key of every object that was looked at. A key that nobody asked for was ignored.</summary>
    /// <param name="usable">False where the row cannot be used.</param>
    public IReadOnlyList<KeyUse> Keys(bool usable) => [.. _objects.SelectMany(o => o.Uses(usable)).Distinct()];

    internal void Register(RowFields fields) => _objects.Add(fields);
}
