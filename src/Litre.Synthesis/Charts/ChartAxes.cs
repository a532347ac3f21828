using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>The axes of vertical bars and of lines: the positions of values and categories.</summary>
internal sealed class ChartAxes
{
    private readonly double _top;

    private ChartAxes(Area plot, double top, int categories) => (Plot, _top, Slot) = (plot, top, plot.Width / categories);

    public Area Plot { get; }

    /// <summary>The width of a category.</summary>
    public float Slot { get; }

    /// <summary>Draws axes, gridlines if values are read off them, and the categories' names.</summary>
    public static ChartAxes Draw(Canvas canvas, ChartStyle style, ChartContent content, Area bounds)
    {
        var values = content.Series[0].Values;
        var grid = content.GridStep > 0;
        var top = grid ? content.GridStep * (ChartContent.GridLines + 0.3) : values.Max() * 1.04;
        var labels = grid ? canvas.Measure(Text(content.GridStep * ChartContent.GridLines)) + 8 : 6;
        // Printed values need space for a line above the highest.
        var plot = new Area(bounds.Left + labels, bounds.Top + (grid ? 4 : 18), bounds.Right - 4, bounds.Bottom - 20);
        var axes = new ChartAxes(plot, top, content.Categories.Count);
        for (var i = 0; grid && i <= ChartContent.GridLines; i++)
        {
            var y = axes.Y(i * content.GridStep);
            if (i > 0)
                canvas.Line(plot.Left, y, plot.Right, y, 0.8f, style.GridInk);
            canvas.Write(Text(i * content.GridStep), plot.Left - 5, MathF.Floor(y) + 0.5f + canvas.CapHeight / 2, 1);
        }
        canvas.Line(plot.Left, plot.Bottom, plot.Right, plot.Bottom, style.Pen, style.Ink);
        canvas.Line(plot.Left, plot.Top, plot.Left, plot.Bottom, style.Pen, style.Ink);
        for (var i = 0; i < content.Categories.Count; i++)
            canvas.Write(content.Categories[i], axes.X(i), plot.Bottom + style.NameDrop, 0.5f);
        return axes;
    }

    /// <summary>The middle of a category.</summary>
    public float X(int category) => Plot.Left + (category + 0.5f) * Slot;

    public float Y(int value) => Plot.Bottom - (float)(value / _top * Plot.Height);

    public static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
