using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>
/// The shared state of all views of one drawing: the sheet, the style, the remaining letters, and what was drawn so far.
/// Methods return false if there is no space; the drawing is then tried again.
/// </summary>
internal sealed partial class ViewContext(Canvas canvas, DrawingStyle style, SeededRandom random)
{
    /// <summary>Distance of rows of dimensions.</summary>
    public const float RowHeight = 19;

    /// <summary>Distance from a view's upper edge to the highest position of its parts.</summary>
    public const float BalloonRow = 32;

    private static readonly string[] Tolerances = ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5"];
    private static readonly string[] FitClasses = ["H7", "H8", "g6", "h6", "f7"];

    private readonly Queue<char> _tags = new(random.Several("ABCDEFGH", 8));

    public Canvas Canvas => canvas;

    public DrawingStyle Style => style;

    public SeededRandom Random => random;

    public List<Dimension> Dimensions { get; } = [];

    public List<Balloon> Balloons { get; } = [];

    public void Outline(float x1, float y1, float x2, float y2) => canvas.Line(x1, y1, x2, y2, style.OutlinePen);

    public void Fine(float x1, float y1, float x2, float y2) => canvas.Line(x1, y1, x2, y2, style.FinePen, style.FineInk);

    /// <summary>A chain line: long, short, long.</summary>
    public void CenterLine(float x1, float y1, float x2, float y2)
    {
        ReadOnlySpan<float> pattern = [9, 3, 2, 3];
        var length = MathF.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
        var (dx, dy) = ((x2 - x1) / length, (y2 - y1) / length);
        var at = 0f;
        for (var i = 0; at < length; i++)
        {
            var end = Math.Min(at + pattern[i % 4], length);
            if (i % 2 == 0)
                Fine(x1 + at * dx, y1 + at * dy, x1 + end * dx, y1 + end * dy);
            at = end;
        }
    }

    /// <summary>Hatches a rectangle at 45°.</summary>
    public void Hatch(Area area, float pitch, bool rising)
    {
        for (var c = area.Left - area.Height + pitch / 2; c < area.Right; c += pitch)
        {
            // Along x - c = t, y = top + t.
            var (from, to) = (Math.Max(area.Left - c, 0), Math.Min(area.Right - c, area.Height));
            if (to - from < 1)
                continue;
            if (rising)
                Fine(c + from, area.Bottom - from, c + to, area.Bottom - to);
            else
                Fine(c + from, area.Top + from, c + to, area.Top + to);
        }
    }

    /// <summary>A new dimension with the next letter.</summary>
    public Dimension Measure(bool diameter, int low, int high, DimensionSubject subject = DimensionSubject.Unnamed)
    {
        var size = random.Between(low, high).ToString(CultureInfo.InvariantCulture) + (random.Chance(40) ? ".5" : "");
        var lot = random.Between(0, 99);
        var fit = diameter && lot >= 90 ? random.Pick(FitClasses) : "";
        var tolerance = lot < 78 ? random.Pick(Tolerances) : "";
        return new Dimension(_tags.Dequeue(), diameter, size, tolerance, fit, subject);
    }

    public string Label(Dimension dimension) => dimension.Tag + style.TagMark + style.Notation.Dimension(dimension);

    /// <summary>Draws a row of balloons above a view with a leader to each part.</summary>
    public bool Mark(Area zone, List<(int Item, float X, float Y)> targets)
    {
        var (halfWidth, halfHeight) = style.SquareBalloons ? (10.5f, 8.5f) : (9f, 9f);
        var pitch = 2 * halfWidth + 4;
        if (targets.Count * pitch > zone.Width)
            return false;
        targets.Sort((a, b) => a.X.CompareTo(b.X));
        var places = new float[targets.Count];
        for (var i = 0; i < places.Length; i++)
            places[i] = Math.Max(targets[i].X + random.Between(-6, 6), i == 0 ? zone.Left + halfWidth + 1 : places[i - 1] + pitch);
        var limit = zone.Right - halfWidth - 1;
        for (var i = places.Length - 1; i >= 0; i--, limit -= pitch)
            places[i] = Math.Min(places[i], limit);
        var y = zone.Top + halfHeight + 1;
        for (var i = 0; i < places.Length; i++)
        {
            var (item, tx, ty) = targets[i];
            var text = style.Notation.Item(item);
            canvas.Write(text, places[i], y + canvas.CapHeight / 2, 0.5f);
            if (style.SquareBalloons)
                canvas.Frame(
                    new Area(places[i] - halfWidth, y - halfHeight, places[i] + halfWidth, y + halfHeight),
                    style.FinePen + 0.3f,
                    style.FineInk
                );
            else
                canvas.Circle(places[i], y, halfWidth, style.FinePen + 0.3f, style.FineInk);
            var (fx, fy) = Edge(places[i], y, tx, ty, halfWidth, halfHeight);
            Fine(fx, fy, tx, ty);
            if (style.Arrow == ArrowKind.Open)
                Arrow(tx, ty, tx - fx, ty - fy);
            else
                canvas.Disc(tx, ty, 1.9f);
            Balloons.Add(
                new Balloon(item, new Area(places[i] - halfWidth, y - halfHeight, places[i] + halfWidth, y + halfHeight).Inflate(0.5f))
            );
        }
        return !Cross(places, y + halfHeight, targets);
    }

    private (float X, float Y) Edge(float x, float y, float tx, float ty, float halfWidth, float halfHeight)
    {
        if (style.SquareBalloons)
            return (x, y + halfHeight);
        var length = MathF.Sqrt((tx - x) * (tx - x) + (ty - y) * (ty - y));
        return (x + (tx - x) / length * halfWidth, y + (ty - y) / length * halfHeight);
    }

    // Leaders leave one row from left to right; two of them cross if one passes the other before both have ended.
    private static bool Cross(float[] places, float y, List<(int Item, float X, float Y)> targets)
    {
        for (var i = 1; i < places.Length; i++)
        {
            var depth = Math.Min(targets[i - 1].Y, targets[i].Y);
            if (At(i - 1, depth) + 4 > At(i, depth))
                return true;
        }
        return false;

        float At(int i, float depth) => places[i] + (targets[i].X - places[i]) * (depth - y) / (targets[i].Y - y);
    }
}
