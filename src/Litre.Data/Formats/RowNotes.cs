using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>The notes taken while one row is parsed: how each key was used, and warnings.</summary>
internal sealed class RowNotes(SampleOrigin origin)
{
    private readonly List<RowFields> _objects = [];
    private readonly List<DataWarning> _warnings = [];

    /// <summary>The location of the row.</summary>
    public SampleOrigin Origin => origin;

    /// <summary>Warnings so far.</summary>
    public IReadOnlyList<DataWarning> Warnings => _warnings;

    /// <summary>Keys that have not been read so far.</summary>
    public IEnumerable<(RowFields Fields, string Key, object? Value)> Unread =>
        _objects.SelectMany(o => o.Unread.Select(u => (o, u.Key, u.Value)));

    /// <summary>Adds a warning unless the same text is already there.</summary>
    public void Warn(string text)
    {
        if (_warnings.All(w => w.Text != text))
            _warnings.Add(new DataWarning(text));
    }

    /// <summary>Every key of every object that was examined. A key that was not read counts as ignored.</summary>
    /// <param name="usable">False if the row cannot be used.</param>
    public IReadOnlyList<KeyUse> Keys(bool usable) => [.. _objects.SelectMany(o => o.Uses(usable)).Distinct()];

    internal void Register(RowFields fields) => _objects.Add(fields);
}
