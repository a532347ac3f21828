using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>Vertical or horizontal bars.</summary>
internal static class BarChart
{
    /// <summary>Draws vertical bars and returns the area of each.</summary>
    public static List<Area> DrawUpright(Canvas canvas, ChartStyle style, ChartContent content, Area bounds)
    {
        var axes = ChartAxes.Draw(canvas, style, content, bounds);
        var bars = new List<Area>();
        for (var i = 0; i < content.Categories.Count; i++)
        {
            var value = content.Series[0].Values[i];
            var half = axes.Slot * 0.3f;
            var bar = new Area(MathF.Round(axes.X(i) - half), axes.Y(value), MathF.Round(axes.X(i) + half), axes.Plot.Bottom);
            Bar(canvas, style, bar);
            if (content.GridStep == 0)
                canvas.Write(ChartAxes.Text(value), axes.X(i), bar.Top - 4, 0.5f);
            bars.Add(bar);
        }
        return bars;
    }

    /// <summary>Draws horizontal bars, the first on top, and returns the area of each.</summary>
    public static List<Area> DrawLevel(Canvas canvas, ChartStyle style, ChartContent content, Area bounds)
    {
        var values = content.Series[0].Values;
        var left = bounds.Left + content.Categories.Max(canvas.Measure) + 8;
        var right = bounds.Right - values.Max(v => canvas.Measure(ChartAxes.Text(v))) - 8;
        var slot = (bounds.Height - 6) / values.Count;
        var bars = new List<Area>();
        for (var i = 0; i < values.Count; i++)
        {
            var middle = MathF.Floor(bounds.Top + 3 + (i + 0.5f) * slot);
            var half = MathF.Floor(slot * 0.3f);
            var bar = new Area(left, middle - half, left + (right - left) * values[i] / values.Max(), middle + half);
            Bar(canvas, style, bar);
            canvas.Write(content.Categories[i], left - 6, middle + canvas.CapHeight / 2, 1);
            canvas.Write(ChartAxes.Text(values[i]), bar.Right + 5, middle + canvas.CapHeight / 2);
            bars.Add(bar);
        }
        canvas.Line(left, bounds.Top + 2, left, bounds.Bottom - 2, style.Pen + 0.5f, style.Ink);
        return bars;
    }

    private static void Bar(Canvas canvas, ChartStyle style, Area bar)
    {
        canvas.Fill(bar, style.Tints[0]);
        canvas.Frame(bar, style.Pen, style.Ink);
    }
}
