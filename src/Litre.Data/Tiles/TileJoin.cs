using System.Globalization;

namespace Litre.Data.Tiles;

/// <summary>Joins the answers about a page's tiles to one answer about the page.</summary>
public static class TileJoin
{
    // For two boxes with the same label in neighboring tiles: the same object seen twice, or its visible part in one of them.
    private const double SameOverlap = 0.5;
    private const double SamePart = 0.8;
    private const double SamePoint = 10; // of 1000

    /// <summary>
    /// Joins answers whose boxes are already on the page's scale. Lists of boxes become one list without duplicates from overlapping tiles;
    /// each distinct other answer is written once, in reading order, after the number of its tile.
    /// </summary>
    /// <param name="answers">One answer per tile, in reading order; empty text and empty lists count as nothing found.</param>
    public static string Join(IReadOnlyList<string> answers)
    {
        var lists = answers.Select(a => string.IsNullOrWhiteSpace(a) ? null : BoxList.TryParse(a)).ToArray();
        if (answers.Zip(lists).All(p => p.Second is not null || string.IsNullOrWhiteSpace(p.First)))
            return JoinBoxes(lists);
        var texts = answers
            .Select((a, i) => (Text: a.Trim(), Tile: i + 1))
            .Where((a, i) => a.Text.Length > 0 && lists[i] is not { Boxes.Count: 0 })
            .DistinctBy(a => a.Text, StringComparer.Ordinal)
            .ToList();
        return texts.Count == 1
            ? texts[0].Text
            : string.Join(
                '\n',
                texts.Select(t => string.Create(CultureInfo.InvariantCulture, $"Tile {t.Tile} of {answers.Count}: {t.Text}"))
            );
    }

    private static string JoinBoxes(BoxList?[] lists)
    {
        var kept = new List<(BoxList.Box Box, int Tile)>();
        for (var tile = 0; tile < lists.Length; tile++)
        {
            foreach (var box in lists[tile]?.Boxes ?? [])
            {
                var same = kept.FindIndex(k => k.Tile != tile && k.Box.Label == box.Label && IsSame(k.Box.Values, box.Values));
                if (same < 0)
                    kept.Add((box, tile));
                else if (Area(box.Values) > Area(kept[same].Box.Values))
                    kept[same] = (box, tile);
            }
        }
        return "[" + string.Join(", ", kept.Select(k => k.Box.Text)) + "]";
    }

    private static bool IsSame(double[] a, double[] b)
    {
        if (a.Length != b.Length)
            return false;
        if (a.Length == 2)
            return Math.Abs(a[0] - b[0]) <= SamePoint && Math.Abs(a[1] - b[1]) <= SamePoint;
        var shared = Math.Max(0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0])) * Math.Max(0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]));
        return shared > 0 && (shared >= SameOverlap * (Area(a) + Area(b) - shared) || shared >= SamePart * Math.Min(Area(a), Area(b)));
    }

    private static double Area(double[] box) => box.Length == 4 ? Math.Max(0, box[2] - box[0]) * Math.Max(0, box[3] - box[1]) : 0;
}
