using Litre.Core;
using Litre.Synthesis.Charts;
using Litre.Synthesis.Drawings;
using Litre.Synthesis.Lettering;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>Composes images by style and number. Thread-safe.</summary>
internal sealed class ImageComposer
{
    /// <summary>The name for a mix of all styles in Latin letters except the company's own.</summary>
    public const string Mix = "all";

    // One in two or three draws leaves no space for an element; this many consecutive ones mean a bug.
    private const int MaxAttempts = 1000;

    private readonly ulong _seed;
    private readonly (string Name, Func<SeededRandom, ComposedImage?> Compose)[] _styles;

    /// <exception cref="InputException">There is no such style.</exception>
    public ImageComposer(SyntheticImageKind kind, string style, ulong seed)
    {
        _seed = seed;
        var all = Known(kind);
        var names = style.Split(',', StringSplitOptions.TrimEntries).Distinct().ToList();
        if (names.FirstOrDefault(n => n != Mix && all.All(s => s.Name != n)) is { } unknown)
            throw new InputException(
                "style",
                unknown,
                $"is not a style of {kind.ToString().ToLowerInvariant()}",
                $"use {Mix}, {string.Join(", ", all.Select(s => s.Name))}, or several with commas"
            );
        _styles = [.. all.Where(s => names.Contains(s.Name) || (s.Mixed && names.Contains(Mix))).Select(s => (s.Name, s.Compose))];
    }

    public IReadOnlyList<string> Styles => [.. _styles.Select(s => s.Name)];

    /// <summary>All styles of a kind.</summary>
    public static IReadOnlyList<string> Names(SyntheticImageKind kind) => [.. Known(kind).Select(s => s.Name)];

    /// <summary>The style of an image: a mix uses them in turn.</summary>
    public string StyleOf(int index) => _styles[index % _styles.Length].Name;

    /// <summary>Composes one image, the same on every call.</summary>
    /// <param name="index">Its number in the data set.</param>
    /// <param name="round">Incremented if an image is the same as an earlier one.</param>
    public ComposedImage Compose(int index, int round = 0)
    {
        var (name, compose) = _styles[index % _styles.Length];
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
            if (compose(SeededRandom.For(_seed, name, index, round * MaxAttempts + attempt)) is { } image)
                return image;
        throw new InvalidOperationException(
            $"image {index} of style {name}, seed {_seed}, could not be laid out in {MaxAttempts} attempts"
        );
    }

    private static List<(string Name, bool Mixed, Func<SeededRandom, ComposedImage?> Compose)> Known(SyntheticImageKind kind) =>
        kind switch
        {
            SyntheticImageKind.Charts =>
            [
                .. ChartStyles
                    .Mixed.Append(ChartStyles.Chinese)
                    .Select(s =>
                        (
                            s.Name,
                            ChartStyles.Mixed.Contains(s),
                            (Func<SeededRandom, ComposedImage?>)(draw => ChartComposer.Compose(s, draw))
                        )
                    ),
            ],
            SyntheticImageKind.Lettering =>
            [
                .. LetteringStyle.All.Select(s =>
                    (s.Name, true, (Func<SeededRandom, ComposedImage?>)(draw => LetteringComposer.Compose(s, draw)))
                ),
                ("lookup", true, LookupComposer.Compose),
            ],
            _ =>
            [
                .. DrawingStyles
                    .Mixed.Append(DrawingStyles.Chinese)
                    .Append(DrawingStyles.Company)
                    .Select(s =>
                        (
                            s.Name,
                            DrawingStyles.Mixed.Contains(s),
                            (Func<SeededRandom, ComposedImage?>)(draw => DrawingComposer.Compose(s, draw))
                        )
                    ),
                (VariedStyle.Name, true, draw => DrawingComposer.Compose(VariedStyle.Generate(draw), draw)),
            ],
        };
}

/// <summary>The content of the images of a generated data set.</summary>
public enum SyntheticImageKind
{
    /// <summary>Engineering drawings with dimensions, balloons, a parts table and a title block.</summary>
    Drawings,

    /// <summary>Business charts: bars, lines, pies and tables.</summary>
    Charts,

    /// <summary>Lines of text and nothing else: for learning to read before drawings.</summary>
    Lettering,
}
