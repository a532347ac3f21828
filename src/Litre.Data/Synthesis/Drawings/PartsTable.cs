namespace Litre.Data.Synthesis.Drawings;

/// <summary>Measures and draws a parts table.</summary>
internal static class PartsTable
{
    public const float RowHeight = 17;

    private const float Padding = 5;

    // Of a row: from its upper edge to where capitals end.
    private const float Baseline = 13;

    public static (float Width, float Height) Measure(Sheet sheet, DrawingStyle style, DrawingContent content) =>
        (Widths(sheet, style, content).Sum(), (content.Items.Count + 1) * RowHeight);

    /// <summary>Draws the table with its upper left corner at a place, and gives what it covers.</summary>
    public static Area Draw(Sheet sheet, DrawingStyle style, DrawingContent content, float left, float top)
    {
        var widths = Widths(sheet, style, content);
        var rows = content.Items.Count + 1;
        var area = new Area(left, top, left + widths.Sum(), top + rows * RowHeight);
        var items = style.HeadingBelow ? content.Items.Reverse().ToList() : content.Items;
        var headingTop = style.HeadingBelow ? area.Bottom - RowHeight : top;
        var firstTop = style.HeadingBelow ? top : top + RowHeight;
        var x = left;
        for (var c = 0; c < widths.Length; c++)
        {
            var (column, heading) = style.Columns[c];
            sheet.Write(heading, x + Padding, headingTop + Baseline);
            for (var r = 0; r < items.Count; r++)
                sheet.Write(Cell(style, column, items[r]), x + Padding, firstTop + r * RowHeight + Baseline);
            x += widths[c];
            if (c < widths.Length - 1 && style.Rules != TableRules.HeadingOnly) Rule(x, top, x, area.Bottom);
        }
        if (style.Rules == TableRules.HeadingOnly)
        {
            Rule(left, top + RowHeight, area.Right, top + RowHeight);
            Rule(left, area.Bottom, area.Right, area.Bottom);
            return area;
        }
        sheet.Frame(area, style.FinePen + 0.4f);
        for (var r = 1; r < rows; r++)
        {
            var y = top + r * RowHeight;
            if (style.Rules == TableRules.Grid || y == (style.HeadingBelow ? headingTop : firstTop)) Rule(left, y, area.Right, y);
        }
        return area;

        void Rule(float x1, float y1, float x2, float y2) => sheet.Line(x1, y1, x2, y2, style.FinePen, style.FineInk);
    }

    private static float[] Widths(Sheet sheet, DrawingStyle style, DrawingContent content) =>
    [
        .. style.Columns.Select(c => MathF.Ceiling(2 * Padding + content.Items.Select(i => Cell(style, c.Column, i))
            .Append(c.Heading).Max(sheet.Measure))),
    ];

    private static string Cell(DrawingStyle style, TableColumn column, PartsItem item) => column switch
    {
        TableColumn.Item => style.Notation.Item(item.Number),
        TableColumn.PartNumber => style.Notation.PartNumber(item.PartNumber),
        TableColumn.Material => style.Notation.Material(item.Material),
        _ => style.Notation.Quantity(item.Quantity),
    };
}
