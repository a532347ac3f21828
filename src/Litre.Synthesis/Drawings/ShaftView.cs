using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Side view of a stepped shaft, or of parts in a row on one axis.</summary>
internal static class ShaftView
{
    /// <summary>The maximum number of parts that it shows.</summary>
    public const int Capacity = 6;

    public static bool Compose(ViewContext view, Area zone, IReadOnlyList<int> items)
    {
        var draw = view.Random;
        var rows = zone.Height > 130 && draw.Chance(75) ? 2 : 1;
        var diameter = view.Measure(diameter: true, 61, 180, DimensionSubject.ShaftDiameter);
        var count = Math.Max(items.Count, 3) + draw.Between(0, 1);
        var upright = zone.Width - view.UprightBounds(diameter) >= 16 * count + 12 && draw.Chance(80);
        var (left, right) = (zone.Left + (upright ? view.UprightBounds(diameter) : 8), zone.Right - 8);
        var half = Math.Min((zone.Height - ViewContext.BalloonRow - rows * ViewContext.RowHeight - 5) / 2, draw.Between(30, 46));
        if (half < 16 || right - left < 14 * count)
            return false;
        var axis = zone.Top + ViewContext.BalloonRow + half;

        var edges = Edges(left, right, count, draw);
        var halves = Halves(half, count, draw);
        for (var i = 0; i < count; i++)
        {
            view.Outline(edges[i], axis - halves[i], edges[i + 1], axis - halves[i]);
            view.Outline(edges[i], axis + halves[i], edges[i + 1], axis + halves[i]);
        }
        for (var i = 0; i <= count; i++)
        {
            var reach = Math.Max(i > 0 ? halves[i - 1] : 0, i < count ? halves[i] : 0);
            view.Outline(edges[i], axis - reach, edges[i], axis + reach);
        }
        if (draw.Chance(60))
        {
            var hatched = draw.Between(0, count - 1);
            view.Hatch(new Area(edges[hatched], axis - halves[hatched], edges[hatched + 1], axis + halves[hatched]), 5, draw.Chance(50));
        }
        view.CenterLine(left - 6, axis, right + 6, axis);

        var targets = new List<(int, float, float)>();
        var shown = draw.Several(Enumerable.Range(0, count), items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var s = shown[i];
            targets.Add((items[i], (edges[s] + edges[s + 1]) / 2, axis - halves[s] * draw.Between(25, 70) / 100));
        }
        if (!view.Mark(zone, targets))
            return false;

        if (upright)
        {
            var widest = halves.IndexOf(halves.Max());
            view.Upright(diameter, axis - half, axis + half, edges[widest], edges[widest], left - 10);
        }
        var below = axis + half;
        if (rows == 2 && !Inner(view, edges, halves, axis, below + ViewContext.RowHeight))
            rows = 1;
        return view.Level(
            view.Measure(false, 100, 400, DimensionSubject.ShaftLength),
            left,
            right,
            axis + halves[0],
            axis + halves[^1],
            below + rows * ViewContext.RowHeight,
            (zone.Left, zone.Right)
        );
    }

    // Between the body and the overall length: one segment's length, or on a shelf the diameter of one that is not the
    // thickest, which has its own dimension.
    private static bool Inner(ViewContext view, List<float> edges, List<float> halves, float axis, float y)
    {
        var room = (edges[0] + 3, edges[^1] - 3);
        var order = view.Random.Several(Enumerable.Range(0, halves.Count), halves.Count);
        if (view.Random.Chance(50))
        {
            var length = view.Measure(false, 10, 95);
            foreach (var s in order)
            {
                if (!view.Fits(length, edges[s], edges[s + 1], room))
                    continue;
                return view.Level(length, edges[s], edges[s + 1], axis + halves[s], axis + halves[s], y, room);
            }
            return false;
        }
        var diameter = view.Measure(true, 4, 60);
        foreach (var s in order)
        {
            var x = (edges[s] + edges[s + 1]) / 2;
            if (halves[s] == halves.Max() || !view.FitsLeader(diameter, x, room))
                continue;
            return view.Leader(diameter, x, axis + halves[s], y, room);
        }
        return false;
    }

    private static List<float> Edges(float left, float right, int count, SeededRandom random)
    {
        var shares = Enumerable.Range(0, count).Select(_ => random.Between(10, 26)).ToList();
        var edges = new List<float> { left };
        foreach (var share in shares)
            edges.Add(edges[^1] + (right - left) * share / shares.Sum());
        edges[^1] = right;
        return edges;
    }

    // One segment is the thickest; neighbors differ, so that every step shows.
    private static List<float> Halves(float half, int count, SeededRandom random)
    {
        var halves = new List<float>();
        for (var i = 0; i < count; i++)
        {
            float next;
            do next = half * random.Between(40, 86) / 100;
            while (i > 0 && MathF.Abs(next - halves[^1]) < 3);
            halves.Add(next);
        }
        halves[random.Between(0, count - 1)] = half;
        return halves;
    }
}
