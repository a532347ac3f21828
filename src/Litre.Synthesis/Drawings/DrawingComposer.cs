using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Composes a complete drawing of one style from one image's random draws.</summary>
internal static class DrawingComposer
{
    public const int Width = 384;
    public const int Height = 320;

    private const float Margin = 7;
    private const float Gap = 8;

    // The height of a view in a tall zone; the remaining space moves it up or down.
    private const float TallestView = 190;

    private static readonly (int Capacity, Func<ViewContext, Area, IReadOnlyList<int>, bool> Compose)[] Views =
    [
        (ShaftView.Capacity, ShaftView.Compose),
        (FlangeView.Capacity, FlangeView.Compose),
        (PlateView.Capacity, PlateView.Compose),
    ];

    /// <summary>The image, or null if these draws leave no space for an element.</summary>
    public static ComposedImage? Compose(DrawingStyle style, SeededRandom random)
    {
        var sheet = new Canvas(Width, Height, style.Paper) { TextPen = 1.3f, TextInk = 0xFF101010 };
        var content = style.Notation.Localize(DrawingContent.Generate(random));
        var (table, title, zones) = Arrange(sheet, style, content, random);
        var view = new ViewContext(sheet, style, random);
        var kinds = random.Several(Views, 2);
        // Round views need height: if zones differ they get the higher one.
        if (kinds[0].Compose == FlangeView.Compose && zones.First.Height < zones.Second.Height)
            kinds.Reverse();
        var items = random.Several(content.Items.Select(i => i.Number), int.MaxValue);
        var first = random.Between(Math.Max(1, items.Count - kinds[1].Capacity), Math.Min(kinds[0].Capacity, items.Count - 1));
        if (!kinds[0].Compose(view, Cut(zones.First, random), items[..first]))
            return null;
        if (!kinds[1].Compose(view, Cut(zones.Second, random), items[first..]))
            return null;
        if (style.HasBorder)
            sheet.Frame(new Area(2, 2, Width - 3, Height - 3), style.OutlinePen);
        if (sheet.FindOverlap() != null)
            return null;
        return new ComposedImage(sheet, DrawingQuestions.Of(sheet, style, content, view, table, title));
    }

    private static (Area Table, Area Title, (Area First, Area Second) Zones) Arrange(
        Canvas canvas,
        DrawingStyle style,
        DrawingContent content,
        SeededRandom random
    )
    {
        var (left, top, right, bottom) = (Margin, Margin, Width - Margin, Height - Margin);
        var (tableWidth, tableHeight) = PartsTable.Measure(canvas, style, content);
        var (titleWidth, titleHeight) = TitleBlock.Measure(canvas, style, content);
        var (kind, onRight, above) = style.Layout;
        var tableLeft = onRight ? right - tableWidth : left;
        var tableTop = above ? top : bottom - tableHeight;
        switch (kind)
        {
            case SheetLayout.Arrangement.Across:
            {
                var table = PartsTable.Draw(canvas, style, content, tableLeft, tableTop);
                var title = TitleBlock.Draw(
                    canvas,
                    style,
                    content,
                    onRight ? left : right - titleWidth,
                    above ? top : bottom - titleHeight
                );
                var (start, end) = above
                    ? (Math.Max(table.Bottom, title.Bottom) + Gap, bottom)
                    : (top, Math.Min(table.Top, title.Top) - Gap);
                var cut = left + (right - left) * random.Between(46, 58) / 100;
                return (table, title, (new Area(left, start, cut - Gap / 2, end), new Area(cut + Gap / 2, start, right, end)));
            }
            case SheetLayout.Arrangement.Band:
            {
                var title = TitleBlock.DrawBand(
                    canvas,
                    style,
                    content,
                    left,
                    above ? bottom - 2 * style.TitleRowHeight : top,
                    right,
                    below: above
                );
                var table = PartsTable.Draw(canvas, style, content, tableLeft, tableTop);
                var (start, end) = above ? (top, title.Top - Gap) : (title.Bottom + Gap, bottom);
                var first = above
                    ? new Area(table.Left, table.Bottom + Gap, table.Right, end)
                    : new Area(table.Left, start, table.Right, table.Top - Gap);
                return (
                    table,
                    title,
                    (first, onRight ? new Area(left, start, table.Left - Gap, end) : new Area(table.Right + Gap, start, right, end))
                );
            }
            default:
            {
                var table = PartsTable.Draw(canvas, style, content, tableLeft, tableTop);
                var title = TitleBlock.Draw(
                    canvas,
                    style,
                    content,
                    onRight ? right - titleWidth : left,
                    above ? bottom - titleHeight : top
                );
                var beside = onRight
                    ? new Area(left, top, Math.Min(table.Left, title.Left) - Gap, bottom)
                    : new Area(Math.Max(table.Right, title.Right) + Gap, top, right, bottom);
                var middle = (top + bottom) / 2;
                if (kind == SheetLayout.Arrangement.SideBySide)
                    return (table, title, (beside with { Bottom = middle - 2 }, beside with { Top = middle + 2 }));
                var (upper, lower) = above ? (table, title) : (title, table);
                return (table, title, (new Area(table.Left, upper.Bottom + Gap, table.Right, lower.Top - Gap), beside));
            }
        }
    }

    private static Area Cut(Area zone, SeededRandom random)
    {
        var spare = zone.Height - TallestView;
        if (spare <= 0)
            return zone;
        var top = zone.Top + random.Place(0, spare);
        return zone with { Top = top, Bottom = top + TallestView };
    }
}
