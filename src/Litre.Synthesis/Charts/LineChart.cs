using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>One line through one marker per category.</summary>
internal static class LineChart
{
    private const float MarkerRadius = 3;

    /// <summary>Draws it; null if there is no space for a value. It has no parts that a question could ask to locate with a box.</summary>
    public static List<Area>? Draw(Canvas canvas, ChartStyle style, ChartContent content, Area bounds)
    {
        var axes = ChartAxes.Draw(canvas, style, content, bounds);
        var values = content.Series[0].Values;
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
                canvas.Line(axes.X(i - 1), axes.Y(values[i - 1]), axes.X(i), axes.Y(values[i]), style.Pen + 0.4f, style.Ink);
            canvas.Disc(axes.X(i), axes.Y(values[i]), MarkerRadius, style.Ink);
        }
        if (content.GridStep > 0)
            return [];
        for (var i = 0; i < values.Count; i++)
        {
            if (!Label(canvas, ChartAxes.Text(values[i]), axes.X(i), axes.Y(values[i])))
                return null;
        }
        return [];
    }

    // Above the marker, below it, or a little to one side of these.
    private static bool Label(Canvas canvas, string text, float x, float y)
    {
        foreach (var shift in (ReadOnlySpan<float>)[0, -7, 7, -12, 12])
        {
            foreach (var baseline in (ReadOnlySpan<float>)[y - 7, y + 7 + canvas.CapHeight])
            {
                var left = x + shift - canvas.Measure(text) / 2;
                if (!canvas.IsFree(canvas.AreaOf(text, left, baseline)))
                    continue;
                canvas.Write(text, left, baseline);
                return true;
            }
        }
        return false;
    }
}
