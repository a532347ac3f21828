using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Front view of a round flange: hub, ring and bolts on a pitch circle.</summary>
internal static class FlangeView
{
    /// <summary>The maximum number of parts that it shows.</summary>
    public const int Capacity = 3;

    public static bool Compose(ViewContext view, Area zone, IReadOnlyList<int> items)
    {
        var draw = view.Random;
        var radius = Math.Min(
            Math.Min((zone.Width - 16) / 2, draw.Between(38, 58)),
            (zone.Height - ViewContext.BalloonRow - ViewContext.RowHeight - 6) / 2
        );
        if (radius < 26)
            return false;
        var bore = view.Measure(diameter: true, 6, 60);
        var beside = view.Canvas.Measure(view.Label(bore)) + 14;
        var wide = zone.Width - 2 * radius >= beside + 12;
        var x = wide ? zone.Left + radius + 8 : zone.CenterX;
        var y = zone.Top + ViewContext.BalloonRow + radius;
        var (boreRadius, hubRadius, pitch) = (radius * draw.Between(18, 26) / 100, radius * draw.Between(44, 52) / 100, radius * 0.76f);
        var bolts = draw.Pick([4, 6, 8]);
        var boltRadius = Math.Max(radius * 0.1f, 3.2f);

        view.Canvas.Circle(x, y, radius, view.Style.OutlinePen);
        view.Canvas.Circle(x, y, hubRadius, view.Style.OutlinePen);
        view.Canvas.Circle(x, y, boreRadius, view.Style.OutlinePen);
        view.CenterLine(x - radius - 6, y, x + radius + 6, y);
        view.CenterLine(x, y - radius - 5, x, y + radius + 1);
        for (var i = 0; i < bolts; i++)
        {
            var (boltX, boltY) = On(x, y, pitch, -45 + i * 360 / bolts);
            view.Canvas.Circle(boltX, boltY, boltRadius, view.Style.OutlinePen * 0.8f);
            view.Fine(boltX - boltRadius - 2, boltY, boltX + boltRadius + 2, boltY);
            view.Fine(boltX, boltY - boltRadius - 2, boltX, boltY + boltRadius + 2);
        }

        // The first on the ring, between two bolts; then the hub, and the bolt that is always at the upper right.
        var between = bolts switch
        {
            4 => 107,
            6 => 135,
            _ => 112,
        };
        List<(float X, float Y)> places =
        [
            On(x, y, pitch, -between + draw.Between(-3, 3)),
            On(x, y, (boreRadius + hubRadius) / 2, -draw.Between(56, 70)),
            On(x, y, pitch, -45),
        ];
        var shown = draw.Several(places, items.Count);
        if (!view.Mark(zone, [.. items.Select((item, i) => (item, shown[i].X, shown[i].Y))]))
            return false;

        if (wide)
        {
            // From the bore's lower right to outside the circle.
            var (pointX, pointY) = On(x, y, boreRadius, draw.Between(20, 40));
            var shelf = y + radius * draw.Between(40, 80) / 100;
            if (!view.Leader(bore, pointX, pointY, shelf, (zone.Left, zone.Right), x + radius + 6 - pointX))
                return false;
        }
        var row = y + radius + ViewContext.RowHeight;
        return view.Level(
            view.Measure(true, 70, 260, DimensionSubject.FlangeDiameter),
            x - radius,
            x + radius,
            y,
            y,
            row,
            (zone.Left, zone.Right)
        );
    }

    private static (float X, float Y) On(float x, float y, float radius, int degrees)
    {
        var (sine, cosine) = MathF.SinCos(degrees * MathF.PI / 180);
        return (x + radius * cosine, y + radius * sine);
    }
}
