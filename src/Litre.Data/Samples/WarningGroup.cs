namespace Litre.Data.Samples;

/// <summary>Warnings of one text.</summary>
/// <param name="Text">As in <see cref="DataWarning.Text"/>.</param>
/// <param name="Count">Rows with this warning.</param>
/// <param name="Places">The first of these rows, at most <see cref="PlacesKept"/>.</param>
public sealed record WarningGroup(string Text, int Count, IReadOnlyList<SampleOrigin> Places)
{
    /// <summary>Rows of a group that are named.</summary>
    public const int PlacesKept = 10;

    /// <summary>Groups warnings by text, in the order of first sight; several of one text in one row count once.</summary>
    public static IReadOnlyList<WarningGroup> Of(IEnumerable<(SampleOrigin Origin, IReadOnlyList<DataWarning> Warnings)> rows) =>
        [
            .. rows.SelectMany(r => r.Warnings.Distinct().Select(w => (w.Text, r.Origin)))
                .GroupBy(w => w.Text, w => w.Origin)
                .Select(g => new WarningGroup(g.Key, g.Count(), [.. g.Take(PlacesKept)])),
        ];

    /// <summary>One line: the text, how many rows, and where the first ones are.</summary>
    public override string ToString() =>
        $"{Text} ({Count} row{(Count == 1 ? "" : "s")}: {string.Join(", ", Places.Take(3))}{(Count > 3 ? ", …" : "")})";
}

/// <summary>
/// Something about a row that can be used, but deserves a line: what stands there, what becomes of it, and what to do.
/// Warnings of one text are printed as one group with a count, so the text holds no value that differs from row to row.
/// The parser adds them with <c>Fields.Warn</c>; what comes after it, to <see cref="Sample.Warnings"/>.
/// </summary>
/// <param name="Text">One line, the remedy after a semicolon.</param>
public sealed record DataWarning(string Text);
