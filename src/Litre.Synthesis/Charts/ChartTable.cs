using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>A table with one row per category and one column per series.</summary>
internal static class ChartTable
{
    private const float RowHeight = 22;
    private const float Padding = 12;

    private static string Corner(bool chinese, bool time) =>
        (chinese, time) switch
        {
            (true, true) => "日期",
            (true, false) => "名称",
            (false, true) => "Period",
            _ => "Name",
        };

    /// <summary>Draws it. It has no parts that a question could ask to locate with a box.</summary>
    public static List<Area>? Draw(Canvas canvas, ChartStyle style, ChartContent content, Area bounds, SeededRandom random)
    {
        string[][] columns =
        [
            [Corner(style.IsChinese, content.IsTime), .. content.Categories],
            .. content.Series.Select(s => (string[])[s.Name, .. s.Values.Select(ChartAxes.Text)]),
        ];
        var widths = columns.Select(c => MathF.Ceiling(c.Max(canvas.Measure) + 2 * Padding)).ToArray();
        var rows = columns[0].Length;
        var left = MathF.Floor(bounds.Left + random.Place(2, Math.Max(bounds.Width - widths.Sum() - 4, 2)));
        var top = MathF.Floor(bounds.Top + random.Place(2, Math.Max(bounds.Height - rows * RowHeight - 4, 2)));
        var area = new Area(left, top, left + widths.Sum(), top + rows * RowHeight);
        if (!bounds.Contains(area))
            return null;
        var x = left;
        for (var c = 0; c < columns.Length; c++)
        {
            for (var r = 0; r < rows; r++)
            {
                // Names are left-aligned, numbers right-aligned.
                canvas.Write(
                    columns[c][r],
                    c == 0 ? x + Padding : x + widths[c] - Padding,
                    top + r * RowHeight + style.TableBaseline,
                    c == 0 ? 0 : 1
                );
            }
            x += widths[c];
            if (c < columns.Length - 1 && style.Rules != TableRules.HeadingOnly)
                canvas.Line(x, top, x, area.Bottom, 0.8f, style.Ink);
        }
        canvas.Line(left, top + RowHeight, area.Right, top + RowHeight, style.Pen, style.Ink);
        if (style.Rules == TableRules.HeadingOnly)
            canvas.Line(left, area.Bottom, area.Right, area.Bottom, style.Pen, style.Ink);
        else
            canvas.Frame(area, style.Pen, style.Ink);
        for (var r = 2; r < rows && style.Rules == TableRules.Grid; r++)
            canvas.Line(left, top + r * RowHeight, area.Right, top + r * RowHeight, 0.8f, style.Ink);
        return [];
    }
}
