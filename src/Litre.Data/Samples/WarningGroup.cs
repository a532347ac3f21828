using Litre.Core;

namespace Litre.Data.Samples;

/// <summary>Warnings with the same text.</summary>
/// <param name="Text">As in <see cref="DataWarning.Text"/>.</param>
/// <param name="Count">Rows with this warning.</param>
/// <param name="Places">The first few of these rows, at most <see cref="PlacesKept"/>.</param>
public sealed record WarningGroup(string Text, int Count, IReadOnlyList<SampleOrigin> Places)
{
    /// <summary>Maximum number of rows named per group.</summary>
    public const int PlacesKept = 10;

    /// <summary>Groups warnings by text, in the order of first occurrence; the same text counts once per row.</summary>
    public static IReadOnlyList<WarningGroup> Of(IEnumerable<(SampleOrigin Origin, IReadOnlyList<DataWarning> Warnings)> rows) =>
        [
            .. rows.SelectMany(r => r.Warnings.Distinct().Select(w => (w.Text, r.Origin)))
                .GroupBy(w => w.Text, w => w.Origin)
                .Select(g => new WarningGroup(g.Key, g.Count(), [.. g.Take(PlacesKept)])),
        ];

    /// <summary>One line: the text, the number of rows, and the locations of the first few.</summary>
    public override string ToString() =>
        $"{Text} ({Units.Count(Count, "row")}: {string.Join(", ", Places.Take(3))}{(Count > 3 ? ", …" : "")})";
}

/// <summary>
/// A warning about a row that can be used: what was found, its effect, and what to do.
/// Warnings with the same text are printed as one group with a count, so the text contains no value that differs between rows.
/// The parser adds them with <c>Fields.Warn</c>; later code adds them to <see cref="Sample.Warnings"/>.
/// </summary>
/// <param name="Text">One line, the remedy after a semicolon.</param>
public sealed record DataWarning(string Text);
