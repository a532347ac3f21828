using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Measures and draws a title block: one field below the other, or all in a band of two lines.</summary>
internal static class TitleBlock
{
    private const float Padding = 5;

    // Distance from the baseline to a row's lower edge.
    private const float BelowText = 4;

    // Between a word and its value.
    private const float Blank = 8;

    public static (float Width, float Height) Measure(Canvas canvas, DrawingStyle style, DrawingContent content)
    {
        var word = style.TitleFields.Max(f => f.Word.Length > 0 ? canvas.Measure(f.Word) + Blank : 0);
        var width = style.TitleFields.Max(f =>
            f.Word.Length > 0 ? word + canvas.Measure(Value(style, content, f.Field)) : canvas.Measure(Value(style, content, f.Field))
        );
        return (MathF.Ceiling(width + 2 * Padding), style.TitleFields.Count * style.TitleRowHeight);
    }

    /// <summary>Draws the block with its upper left corner at a position, and returns its area.</summary>
    public static Area Draw(Canvas canvas, DrawingStyle style, DrawingContent content, float left, float top)
    {
        var (width, height) = Measure(canvas, style, content);
        var area = new Area(left, top, left + width, top + height);
        var word = style.TitleFields.Max(f => f.Word.Length > 0 ? canvas.Measure(f.Word) + Blank : 0);
        for (var r = 0; r < style.TitleFields.Count; r++)
        {
            var (field, name) = style.TitleFields[r];
            var y = top + r * style.TitleRowHeight;
            if (name.Length > 0)
                canvas.Write(name, left + Padding, y + style.TitleRowHeight - BelowText);
            canvas.Write(Value(style, content, field), left + Padding + (name.Length > 0 ? word : 0), y + style.TitleRowHeight - BelowText);
            if (r > 0)
                canvas.Line(left, y, area.Right, y, style.FinePen, style.FineInk);
        }
        canvas.Frame(area, style.OutlinePen);
        return area;
    }

    /// <summary>Draws all fields in two lines across the sheet, with a rule on the side of the views.</summary>
    public static Area DrawBand(Canvas canvas, DrawingStyle style, DrawingContent content, float left, float top, float right, bool below)
    {
        var column = left + (right - left) * 0.6f;
        for (var i = 0; i < style.TitleFields.Count; i++)
        {
            var (field, name) = style.TitleFields[i];
            var x = i % 2 == 0 ? left + Padding : column;
            var y = top + (i / 2 + 1) * style.TitleRowHeight - BelowText;
            if (name.Length > 0)
                x = canvas.Write(name, x, y).Area.Right + Blank;
            canvas.Write(Value(style, content, field), x, y);
        }
        var area = new Area(left, top, right, top + 2 * style.TitleRowHeight);
        var rule = below ? area.Top : area.Bottom;
        canvas.Line(left, rule, right, rule, style.OutlinePen);
        return area;
    }

    private static string Value(DrawingStyle style, DrawingContent content, TitleField field) =>
        field switch
        {
            TitleField.Title => style.Notation.Title(content.Title),
            TitleField.Number => style.Notation.DrawingNumber(content.Number),
            TitleField.Scale => style.Notation.Scale(content.Scale),
            _ => style.Notation.Date(content.Date),
        };
}

/// <summary>Fields of a title block.</summary>
internal enum TitleField
{
    Title,
    Number,
    Scale,
    Date,
}
