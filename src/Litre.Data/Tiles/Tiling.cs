using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Data.Imaging;

namespace Litre.Data.Tiles;

/// <summary>How a page that is larger than a tile is split into tiles.</summary>
public sealed partial record Tiling
{
    /// <summary>The value of <c>tile</c> for no tiles.</summary>
    public const string Off = "off";

    /// <summary>The values that <c>tile</c> supports.</summary>
    public const string Expected =
        "expected off, or a tile's size in pixels, with the overlap of neighboring tiles after a plus: 1024, 1024x768, "
        + "1024+128 or 1024+10%; and ,no-page to omit the whole page";

    private const int SmallestSide = 64;
    private const int LargestSide = 16384;
    private const string NoPage = ",no-page";

    // Text that is cut at one tile's edge is complete in its neighbor: an eighth of 1024 pixels is a line of 30 characters of 4 pixels
    // each.
    private const int DefaultShare = 8;

    private Tiling() { }

    /// <summary>Columns of a tile.</summary>
    public int Width { get; private init; }

    /// <summary>Rows of a tile.</summary>
    public int Height { get; private init; }

    /// <summary>Minimum number of columns that a tile shares with its neighbor.</summary>
    public int OverlapX { get; private init; }

    /// <summary>Minimum number of rows that a tile shares with its neighbor.</summary>
    public int OverlapY { get; private init; }

    /// <summary>
    /// Whether the whole page, downscaled to a tile's pixels, is shown before its tiles. False if each tile is answered separately.
    /// </summary>
    public bool ShowsPage { get; private init; } = true;

    /// <summary>What the answers are about.</summary>
    public TileAnswers Answers { get; init; }

    [GeneratedRegex(@"^(\d{1,6})(?:x(\d{1,6}))?(?:\+(\d{1,6})(?:x(\d{1,6}))?(%)?)?(,no-page)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }

    /// <summary>Parses the value of <c>tile</c>; null for <see cref="Off"/>.</summary>
    /// <exception cref="FormatException">The value is not supported.</exception>
    public static Tiling? Parse(string text)
    {
        text = text.Trim().ToLowerInvariant();
        if (text == Off)
            return null;
        if (Pattern.Match(text) is not { Success: true } match)
            throw new FormatException(Expected);
        var width = Number(1)!.Value;
        var height = Number(2) ?? width;
        if (width < SmallestSide || height < SmallestSide || width > LargestSide || height > LargestSide)
            throw new FormatException($"a tile has {width}x{height} pixels, expected {SmallestSide} to {LargestSide} on each side");
        var (x, y) = (Number(3), Number(4) ?? Number(3));
        if (match.Groups[5].Success)
            (x, y) = (width * x / 100, height * y / 100);
        var tiling = new Tiling
        {
            Width = width,
            Height = height,
            OverlapX = x ?? width / DefaultShare,
            OverlapY = y ?? height / DefaultShare,
            ShowsPage = !match.Groups[6].Success,
        };
        if (tiling.OverlapX > width / 2 || tiling.OverlapY > height / 2)
            throw new FormatException(
                $"neighboring tiles share {tiling.OverlapX}x{tiling.OverlapY} pixels of {width}x{height}, expected at most half a tile"
            );
        return tiling;

        int? Number(int group) =>
            match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Whether an image of this size is split.</summary>
    public bool Cuts(int width, int height) => width > Width || height > Height;

    /// <summary>
    /// The tiles of a page in reading order. All have the tile's size (or the page's, if that is smaller) and are evenly spaced,
    /// so that neighbors share at least the overlap and the last ones end at the page's edges.
    /// </summary>
    public TileGrid Cut(int width, int height)
    {
        var (columns, rows) = (Starts(width, Width, OverlapX), Starts(height, Height, OverlapY));
        return new TileGrid(
            columns.Length,
            rows.Length,
            [.. rows.SelectMany(y => columns.Select(x => new ImageRegion(x, y, Math.Min(Width, width), Math.Min(Height, height))))]
        );
    }

    /// <summary>A text for <see cref="Parse"/> that does not depend on defaults: <c>1024x1024+128x128</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}+{OverlapX}x{OverlapY}{(ShowsPage ? "" : NoPage)}");

    private static int[] Starts(int side, int tile, int overlap)
    {
        if (side <= tile)
            return [0];
        var count = (side - overlap + tile - overlap - 1) / (tile - overlap);
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * (side - tile) / (count - 1)))];
    }
}

/// <summary>What the answers about a page of tiles are about.</summary>
public enum TileAnswers
{
    /// <summary>The page: one answer from all tiles together, with boxes on the page's scale.</summary>
    Page,

    /// <summary>Each tile separately, with boxes on the tile's scale; the answers are joined, with boxes on the page's scale.</summary>
    Tile,
}

/// <summary>The tiles of one page.</summary>
/// <param name="Columns">Number of tiles per row.</param>
/// <param name="Rows">Number of tiles per column.</param>
/// <param name="Tiles">The tiles row by row.</param>
public sealed record TileGrid(int Columns, int Rows, IReadOnlyList<ImageRegion> Tiles);
