using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Measures and draws a parts table.</summary>
internal static class PartsTable
{
    private const float RowHeight = 17;
    private const float Padding = 5;

    // Distance from the baseline to a row's lower edge.
    private const float BelowText = 4;

    public static (float Width, float Height) Measure(Canvas canvas, DrawingStyle style, DrawingContent content) =>
        (Widths(canvas, style, content).Sum(), content.Items.Count * RowHeight + style.HeadingHeight);

    /// <summary>Draws the table with its upper left corner at a position, and returns its area.</summary>
    public static Area Draw(Canvas canvas, DrawingStyle style, DrawingContent content, float left, float top)
    {
        var widths = Widths(canvas, style, content);
        var rows = content.Items.Count;
        var area = new Area(left, top, left + widths.Sum(), top + rows * RowHeight + style.HeadingHeight);
        var items = style.HeadingBelow ? content.Items.Reverse().ToList() : content.Items;
        var headingTop = style.HeadingBelow ? area.Bottom - style.HeadingHeight : top;
        var firstTop = style.HeadingBelow ? top : top + style.HeadingHeight;
        var x = left;
        for (var c = 0; c < widths.Length; c++)
        {
            var (column, heading) = style.Columns[c];
            canvas.Write(heading, x + Padding, headingTop + style.HeadingHeight - BelowText);
            for (var r = 0; r < items.Count; r++)
                canvas.Write(Cell(style, column, items[r]), x + Padding, firstTop + (r + 1) * RowHeight - BelowText);
            x += widths[c];
            if (c < widths.Length - 1 && style.Rules != TableRules.HeadingOnly)
                Rule(x, top, x, area.Bottom);
        }
        if (style.Rules == TableRules.HeadingOnly)
        {
            Rule(left, firstTop, area.Right, firstTop);
            Rule(left, area.Bottom, area.Right, area.Bottom);
            return area;
        }
        canvas.Frame(area, style.FinePen + 0.4f);
        var edge = style.HeadingBelow ? headingTop : firstTop;
        Rule(left, edge, area.Right, edge);
        for (var r = 1; r < rows && style.Rules == TableRules.Grid; r++)
            Rule(left, firstTop + r * RowHeight, area.Right, firstTop + r * RowHeight);
        return area;

        void Rule(float x1, float y1, float x2, float y2) => canvas.Line(x1, y1, x2, y2, style.FinePen, style.FineInk);
    }

    private static float[] Widths(Canvas canvas, DrawingStyle style, DrawingContent content) =>
        [
            .. style.Columns.Select(c =>
                MathF.Ceiling(2 * Padding + content.Items.Select(i => Cell(style, c.Column, i)).Append(c.Heading).Max(canvas.Measure))
            ),
        ];

    private static string Cell(DrawingStyle style, TableColumn column, PartsItem item) =>
        column switch
        {
            TableColumn.Item => style.Notation.Item(item.Number),
            TableColumn.PartNumber => style.Notation.PartNumber(item.PartNumber),
            TableColumn.Material => style.Notation.Material(item.Material),
            _ => style.Notation.Quantity(item.Quantity),
        };
}
