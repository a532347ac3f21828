using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>A pie chart of shares, with labels around it or a legend.</summary>
internal static class PieChart
{
    /// <summary>Draws it; null if there is no space for a label. It has no parts that a question could ask to locate with a box.</summary>
    public static List<Area>? Draw(Canvas canvas, ChartStyle style, ChartContent content, Area bounds, SeededRandom random)
    {
        var shares = content.Series[0].Values;
        var labels = content.Categories.Select((c, i) => $"{c} {shares[i]}%").ToList();
        var radius = style.HasLegend ? Math.Min(bounds.Height / 2 - 8, 78) : Math.Min(bounds.Height / 2 - 22, 70);
        var x = style.HasLegend ? bounds.Left + radius + 8 : bounds.CenterX;
        var y = bounds.CenterY;
        var turn = style.HasLegend ? -90 : random.Between(0, 11) * 30;
        var start = 0;
        for (var i = 0; i < shares.Count; i++)
        {
            Slice(canvas, x, y, radius, turn + start * 3.6f, turn + (start + shares[i]) * 3.6f, style.Tints[i]);
            start += shares[i];
        }
        start = 0;
        for (var i = 0; i < shares.Count; i++)
        {
            var (edgeX, edgeY) = On(x, y, radius, turn + start * 3.6f);
            canvas.Line(x, y, edgeX, edgeY, style.Pen, style.Ink);
            start += shares[i];
        }
        canvas.Circle(x, y, radius, style.Pen, style.Ink);
        return style.HasLegend
            ? Legend(canvas, style, labels, x + radius + 24, y)
            : Around(canvas, style, labels, shares, x, y, radius, turn);
    }

    private static List<Area>? Legend(Canvas canvas, ChartStyle style, List<string> labels, float left, float middle)
    {
        const float Pitch = 22;
        var top = MathF.Round(middle - labels.Count * Pitch / 2);
        for (var i = 0; i < labels.Count; i++, top += Pitch)
        {
            var swatch = new Area(left, top + 5, left + 12, top + 17);
            canvas.Fill(swatch, style.Tints[i]);
            canvas.Frame(swatch, style.Pen, style.Ink);
            canvas.Write(labels[i], left + 20, top + 16);
        }
        return [];
    }

    private static List<Area>? Around(
        Canvas canvas,
        ChartStyle style,
        List<string> labels,
        IReadOnlyList<int> shares,
        float x,
        float y,
        float radius,
        float turn
    )
    {
        var start = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            var angle = turn + (start + shares[i] / 2f) * 3.6f;
            start += shares[i];
            var (fromX, fromY) = On(x, y, radius - 6, angle);
            var (toX, toY) = On(x, y, radius + 7, angle);
            canvas.Line(fromX, fromY, toX, toY, style.Pen, style.Ink);
            var (awayX, awayY) = On(0, 0, 1, angle);
            var anchor =
                awayX > 0.3f ? 0
                : awayX < -0.3f ? 1
                : 0.5f;
            var baseline = toY + canvas.CapHeight / 2 + awayY * (canvas.CapHeight / 2 + 4);
            var textX =
                toX
                + (
                    anchor == 0 ? 4
                    : anchor == 1 ? -4
                    : 0
                );
            if (!canvas.IsFree(canvas.AreaOf(labels[i], textX - anchor * canvas.Measure(labels[i]), baseline)))
                return null;
            canvas.Write(labels[i], textX, baseline, anchor);
        }
        return [];
    }

    private static void Slice(Canvas canvas, float x, float y, float radius, float from, float to, uint tint)
    {
        var points = new List<float> { x, y };
        var pieces = Math.Max((int)((to - from) / 4), 2);
        for (var i = 0; i <= pieces; i++)
        {
            var (edgeX, edgeY) = On(x, y, radius, from + (to - from) * i / pieces);
            points.Add(edgeX);
            points.Add(edgeY);
        }
        canvas.Fill(tint, [.. points]);
    }

    private static (float X, float Y) On(float x, float y, float radius, float degrees)
    {
        var (sine, cosine) = MathF.SinCos(degrees * MathF.PI / 180);
        return (x + radius * cosine, y + radius * sine);
    }
}
