using Litre.Core;
using Litre.Synthesis.Charts;
using Litre.Synthesis.Drawings;
using Litre.Synthesis.Lettering;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>Composes pictures by style and number. Thread-safe.</summary>
internal sealed class PictureSource
{
    /// <summary>What stands for a mix of all styles in Latin letters that are not a company's own.</summary>
    public const string Mix = "all";

    // One in two or three draws finds no room somewhere; this many in a row mean a fault of ours.
    private const int MostAttempts = 1000;

    private readonly ulong _seed;
    private readonly (string Name, Func<SeededDraw, MadePicture?> Compose)[] _styles;

    /// <exception cref="InputException">There is no such style.</exception>
    public PictureSource(PictureKind kind, string style, ulong seed)
    {
        _seed = seed;
        var all = Known(kind);
        var names = style.Split(',', StringSplitOptions.TrimEntries).Distinct().ToList();
        if (names.FirstOrDefault(n => n != Mix && all.All(s => s.Name != n)) is { } unknown)
            throw new InputException(
                "style",
                unknown,
                $"no style of {kind.ToString().ToLowerInvariant()}",
                $"use {Mix}, {string.Join(", ", all.Select(s => s.Name))}, or several with commas"
            );
        _styles = [.. all.Where(s => names.Contains(s.Name) || (s.Mixed && names.Contains(Mix))).Select(s => (s.Name, s.Compose))];
    }

    public IReadOnlyList<string> Styles => [.. _styles.Select(s => s.Name)];

    /// <summary>All styles of a kind.</summary>
    public static IReadOnlyList<string> Names(PictureKind kind) => [.. Known(kind).Select(s => s.Name)];

    /// <summary>The style of a picture: a mix takes them in turn.</summary>
    public string StyleOf(int index) => _styles[index % _styles.Length].Name;

    /// <summary>Composes one picture, the same on every call.</summary>
    /// <param name="index">Its number in the data set.</param>
    /// <param name="round">Counts up where a picture came out the same as one before it.</param>
    public MadePicture Compose(int index, int round = 0)
    {
        var (name, compose) = _styles[index % _styles.Length];
        for (var attempt = 0; attempt < MostAttempts; attempt++)
            if (compose(SeededDraw.For(_seed, name, index, round * MostAttempts + attempt)) is { } picture)
                return picture;
        throw new InvalidOperationException($"no room for picture {index} of style {name}, seed {_seed}, in {MostAttempts} attempts");
    }

    private static List<(string Name, bool Mixed, Func<SeededDraw, MadePicture?> Compose)> Known(PictureKind kind) =>
        kind switch
        {
            PictureKind.Charts =>
            [
                .. ChartStyles
                    .Mixed.Append(ChartStyles.Chinese)
                    .Select(s =>
                        (s.Name, ChartStyles.Mixed.Contains(s), (Func<SeededDraw, MadePicture?>)(draw => ChartPicture.Compose(s, draw)))
                    ),
            ],
            PictureKind.Lettering =>
            [
                .. LetteringStyle.All.Select(s =>
                    (s.Name, true, (Func<SeededDraw, MadePicture?>)(draw => LetteringPicture.Compose(s, draw)))
                ),
                ("lookup", true, LookupPicture.Compose),
            ],
            _ =>
            [
                .. DrawingStyles
                    .Mixed.Append(DrawingStyles.Chinese)
                    .Append(DrawingStyles.Company)
                    .Select(s =>
                        (s.Name, DrawingStyles.Mixed.Contains(s), (Func<SeededDraw, MadePicture?>)(draw => DrawingPicture.Compose(s, draw)))
                    ),
                (VariedStyle.Name, true, draw => DrawingPicture.Compose(VariedStyle.Draw(draw), draw)),
            ],
        };
}

/// <summary>What the pictures of a made data set show.</summary>
public enum PictureKind
{
    /// <summary>Engineering drawings with dimensions, balloons, a parts table and a title block.</summary>
    Drawings,

    /// <summary>Business charts: bars, lines, pies and tables.</summary>
    Charts,

    /// <summary>Lines of lettering and nothing else: what a model learns to read on before it meets drawings.</summary>
    Lettering,
}
