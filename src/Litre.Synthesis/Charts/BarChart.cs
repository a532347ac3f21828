using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>Bars, upright or level.</summary>
internal static class BarChart
{
    /// <summary>Draws upright bars and gives what each covers.</summary>
    public static List<Area> DrawUpright(Sheet sheet, ChartStyle style, ChartContent content, Area room)
    {
        var axes = ChartAxes.Draw(sheet, style, content, room);
        var bars = new List<Area>();
        for (var i = 0; i < content.Categories.Count; i++)
        {
            var value = content.Series[0].Values[i];
            var half = axes.Slot * 0.3f;
            var bar = new Area(MathF.Round(axes.X(i) - half), axes.Y(value), MathF.Round(axes.X(i) + half), axes.Plot.Bottom);
            Bar(sheet, style, bar);
            if (content.GridStep == 0)
                sheet.Write(ChartAxes.Text(value), axes.X(i), bar.Top - 4, 0.5f);
            bars.Add(bar);
        }
        return bars;
    }

    /// <summary>Draws level bars, the first on top, and gives what each covers.</summary>
    public static List<Area> DrawLevel(Sheet sheet, ChartStyle style, ChartContent content, Area room)
    {
        var values = content.Series[0].Values;
        var left = room.Left + content.Categories.Max(sheet.Measure) + 8;
        var right = room.Right - values.Max(v => sheet.Measure(ChartAxes.Text(v))) - 8;
        var slot = (room.Height - 6) / values.Count;
        var bars = new List<Area>();
        for (var i = 0; i < values.Count; i++)
        {
            var middle = MathF.Floor(room.Top + 3 + (i + 0.5f) * slot);
            var half = MathF.Floor(slot * 0.3f);
            var bar = new Area(left, middle - half, left + (right - left) * values[i] / values.Max(), middle + half);
            Bar(sheet, style, bar);
            sheet.Write(content.Categories[i], left - 6, middle + sheet.CapHeight / 2, 1);
            sheet.Write(ChartAxes.Text(values[i]), bar.Right + 5, middle + sheet.CapHeight / 2);
            bars.Add(bar);
        }
        sheet.Line(left, room.Top + 2, left, room.Bottom - 2, style.Pen + 0.5f, style.Ink);
        return bars;
    }

    private static void Bar(Sheet sheet, ChartStyle style, Area bar)
    {
        sheet.Fill(bar, style.Tints[0]);
        sheet.Frame(bar, style.Pen, style.Ink);
    }
}
