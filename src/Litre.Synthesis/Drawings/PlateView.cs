using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Top view of a plate with pins in its holes.</summary>
internal static class PlateView
{
    /// <summary>The maximum number of parts that it shows.</summary>
    public const int Capacity = 4;

    public static bool Compose(ViewContext view, Area zone, IReadOnlyList<int> items)
    {
        var draw = view.Random;
        var rows = zone.Height > 130 && draw.Chance(70) ? 2 : 1;
        var height = view.Measure(diameter: false, 20, 180, DimensionSubject.PlateHeight);
        var upright = zone.Width - view.UprightBounds(height) >= 74 && draw.Chance(85);
        var (left, right) = (zone.Left + (upright ? view.UprightBounds(height) : 8), zone.Right - 8);
        if (right - left > 150)
            right = left + 150;
        var top = zone.Top + ViewContext.BalloonRow;
        var bottom = Math.Min(zone.Bottom - rows * ViewContext.RowHeight - 4, top + draw.Between(56, 90));
        if (bottom - top < 36 || right - left < 60)
            return false;

        view.Canvas.Frame(new Area(left, top, right, bottom), view.Style.OutlinePen);
        var radius = Math.Clamp((bottom - top) * 0.09f, 3.5f, 7f);
        var inset = radius + draw.Between(5, 9);
        List<(float X, float Y)> holes =
        [
            (left + inset, top + inset),
            (right - inset, top + inset),
            (left + inset, bottom - inset),
            (right - inset, bottom - inset),
        ];
        foreach (var (x, y) in holes)
        {
            view.Canvas.Circle(x, y, radius, view.Style.OutlinePen * 0.8f);
            view.Fine(x - radius - 3, y, x + radius + 3, y);
            view.Fine(x, y - radius - 3, x, y + radius + 3);
        }
        var boss = new Area(
            (left + right) / 2 - (right - left) * 0.13f,
            top + (bottom - top) * 0.34f,
            (left + right) / 2 + (right - left) * 0.13f,
            top + (bottom - top) * 0.78f
        );
        view.Canvas.Frame(boss, view.Style.OutlinePen);
        if (draw.Chance(60))
            view.Hatch(boss, 5, draw.Chance(50));

        List<(float X, float Y)> places =
        [
            ((left + boss.Left) / 2, top + (bottom - top) * 0.5f),
            holes[0],
            holes[1],
            (boss.CenterX, boss.Top + boss.Height * 0.4f),
        ];
        var shown = draw.Several(places, items.Count);
        if (!view.Mark(zone, [.. items.Select((item, i) => (item, shown[i].X, shown[i].Y))]))
            return false;

        if (upright)
            view.Upright(height, top, bottom, left, left, left - 10);
        if (rows == 2 && !Inner(view, holes, radius, (left + 3, right - 3), bottom + ViewContext.RowHeight))
            rows = 1;
        return view.Level(
            view.Measure(false, 120, 320, DimensionSubject.PlateWidth),
            left,
            right,
            bottom,
            bottom,
            bottom + rows * ViewContext.RowHeight,
            (zone.Left, zone.Right)
        );
    }

    // Between the plate and its width: the distance of the lower holes, or the diameter of one on a shelf.
    private static bool Inner(ViewContext view, List<(float X, float Y)> holes, float radius, (float Left, float Right) bounds, float y)
    {
        if (view.Random.Chance(50))
        {
            var pitch = view.Measure(false, 20, 110);
            return view.Fits(pitch, holes[2].X, holes[3].X, bounds)
                && view.Level(pitch, holes[2].X, holes[3].X, holes[2].Y, holes[3].Y, y, bounds);
        }
        var diameter = view.Measure(true, 3, 24);
        foreach (var (x, holeY) in holes[2..])
        {
            if (view.FitsLeader(diameter, x, bounds))
                return view.Leader(diameter, x, holeY + radius, y, bounds);
        }
        return false;
    }
}
