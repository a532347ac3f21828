using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>Composes a complete chart of one style from one image's random draws.</summary>
internal static class ChartComposer
{
    public const int Width = 320;
    public const int Height = 256;

    private const float Margin = 8;

    // A caption's line with the space to the next element.
    private const float CaptionHeight = 24;

    /// <summary>The image, or null if these draws leave no space for an element.</summary>
    public static ComposedImage? Compose(ChartStyle style, SeededRandom random)
    {
        var content = ChartContent.Generate(style, random);
        var sheet = new Canvas(Width, Height, style.Paper) { TextInk = 0xFF101010 };
        var captionLine = style.CaptionBelow ? Height - Margin - 3 : Margin + sheet.CapHeight + 3;
        var captionX = Margin + 2 + (Width - 2 * Margin - 4) * style.CaptionAnchor;
        sheet.Write(content.Caption, captionX, captionLine, style.CaptionAnchor);
        var room = new Area(
            Margin,
            Margin + (style.CaptionBelow ? 0 : CaptionHeight),
            Width - Margin,
            Height - Margin - (style.CaptionBelow ? CaptionHeight : 0)
        );
        if (style.HasFrame)
        {
            sheet.Frame(new Area(2, 2, Width - 3, Height - 3), style.Pen, style.Ink);
            sheet.Line(2, room.Top - 4, Width - 3, room.Top - 4, style.Pen, style.Ink);
            room = room with { Top = room.Top + 2 };
        }
        var marks = content.Kind switch
        {
            ChartKind.Bars when style.LevelBars => BarChart.DrawLevel(sheet, style, content, room),
            ChartKind.Bars => BarChart.DrawUpright(sheet, style, content, room),
            ChartKind.Lines => LineChart.Draw(sheet, style, content, room),
            ChartKind.Pie => PieChart.Draw(sheet, style, content, room, random),
            _ => ChartTable.Draw(sheet, style, content, room, random),
        };
        if (marks == null || sheet.FindOverlap() != null)
            return null;
        return new ComposedImage(sheet, ChartQuestions.Of(sheet, content, marks));
    }
}
