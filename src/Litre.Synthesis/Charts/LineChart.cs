using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>One line through a marker a category.</summary>
internal static class LineChart
{
    private const float MarkerRadius = 3;

    /// <summary>Draws it; null where a value found no place. It has no parts that a question could box.</summary>
    public static List<Area>? Draw(Sheet sheet, ChartStyle style, ChartContent content, Area room)
    {
        var axes = ChartAxes.Draw(sheet, style, content, room);
        var values = content.Series[0].Values;
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
                sheet.Line(axes.X(i - 1), axes.Y(values[i - 1]), axes.X(i), axes.Y(values[i]), style.Pen + 0.4f, style.Ink);
            sheet.Disc(axes.X(i), axes.Y(values[i]), MarkerRadius, style.Ink);
        }
        if (content.GridStep > 0)
            return [];
        for (var i = 0; i < values.Count; i++)
        {
            if (!Label(sheet, ChartAxes.Text(values[i]), axes.X(i), axes.Y(values[i])))
                return null;
        }
        return [];
    }

    // Above the marker, below it, or a little to one side of these.
    private static bool Label(Sheet sheet, string text, float x, float y)
    {
        foreach (var shift in (ReadOnlySpan<float>)[0, -7, 7, -12, 12])
        {
            foreach (var baseline in (ReadOnlySpan<float>)[y - 7, y + 7 + sheet.CapHeight])
            {
                var left = x + shift - sheet.Measure(text) / 2;
                if (!sheet.IsFree(sheet.AreaOf(text, left, baseline)))
                    continue;
                sheet.Write(text, left, baseline);
                return true;
            }
        }
        return false;
    }
}
