namespace Litre.Synthesis.Sheets;

/// <summary>
/// The content of one image as geometry: texts know their area, so that a sheet on which anything crosses
/// a text is rejected before a pixel is drawn. Not thread-safe.
/// </summary>
internal sealed class Canvas(int width, int height, uint paper = 0xFFFFFFFF)
{
    /// <summary>Pixels that stay free around a text.</summary>
    public const float Clearance = 1f;

    private readonly List<PlacedText> _texts = [];
    private readonly List<CanvasLine> _lines = [];
    private readonly List<CanvasCircle> _circles = [];
    private readonly List<CanvasFill> _fills = [];

    public int Width => width;

    public int Height => height;

    /// <summary>Background color as 0xAARRGGBB, the format of all colors here.</summary>
    public uint Paper => paper;

    public IReadOnlyList<PlacedText> Texts => _texts;

    public IReadOnlyList<CanvasLine> Lines => _lines;

    public IReadOnlyList<CanvasCircle> Circles => _circles;

    public IReadOnlyList<CanvasFill> Fills => _fills;

    /// <summary>Width of the pen for texts.</summary>
    public float TextPen { get; init; } = 1.3f;

    public uint TextInk { get; init; } = 0xFF000000;

    /// <summary>Height of capitals.</summary>
    public float CapHeight { get; init; } = 10;

    public float Measure(string text) => Alphabet.Width(text, CapHeight) + TextPen;

    /// <summary>The area that a text would cover.</summary>
    public Area AreaOf(string text, float left, float baseline) =>
        new(
            left,
            baseline - Alphabet.Ascent(text, CapHeight) - TextPen / 2,
            left + Measure(text),
            baseline + Alphabet.Descent(text, CapHeight) + TextPen / 2
        );

    /// <summary>Writes a text.</summary>
    /// <param name="text">One line.</param>
    /// <param name="x">Position of its anchor.</param>
    /// <param name="baseline">Position of the baseline.</param>
    /// <param name="anchor">0 if <paramref name="x"/> is its left end, 0.5 its middle, 1 its right end.</param>
    public PlacedText Write(string text, float x, float baseline, float anchor = 0)
    {
        var left = x - anchor * Measure(text);
        var placed = new PlacedText(text, left, baseline, CapHeight, AreaOf(text, left, baseline));
        _texts.Add(placed);
        return placed;
    }

    /// <summary>Draws a line; vertical and horizontal ones are aligned to whole pixels, where they are sharp.</summary>
    public void Line(float x1, float y1, float x2, float y2, float pen, uint ink = 0xFF000000)
    {
        if (x1 == x2)
            x1 = x2 = SnapToPixel(x1, pen);
        if (y1 == y2)
            y1 = y2 = SnapToPixel(y1, pen);
        _lines.Add(new CanvasLine(x1, y1, x2, y2, pen, ink));
    }

    public void Frame(Area area, float pen, uint ink = 0xFF000000)
    {
        Line(area.Left, area.Top, area.Right, area.Top, pen, ink);
        Line(area.Right, area.Top, area.Right, area.Bottom, pen, ink);
        Line(area.Left, area.Bottom, area.Right, area.Bottom, pen, ink);
        Line(area.Left, area.Top, area.Left, area.Bottom, pen, ink);
    }

    public void Circle(float x, float y, float radius, float pen, uint ink = 0xFF000000) =>
        _circles.Add(new CanvasCircle(x, y, radius, pen, ink, false));

    public void Disc(float x, float y, float radius, uint ink = 0xFF000000) => _circles.Add(new CanvasCircle(x, y, radius, 0, ink, true));

    /// <summary>Fills a polygon of x, y, x, y, …</summary>
    public void Fill(uint ink, params float[] points) => _fills.Add(new CanvasFill(points, ink));

    public void Fill(Area area, uint ink) =>
        Fill(ink, area.Left, area.Top, area.Right, area.Top, area.Right, area.Bottom, area.Left, area.Bottom);

    /// <summary>Whether a text may be placed there: inside the image, and nothing crosses it.</summary>
    public bool IsFree(Area text)
    {
        var room = text.Inflate(Clearance);
        if (!new Area(0, 0, Width, Height).Contains(room))
            return false;
        foreach (var other in _texts)
            if (room.Overlaps(other.Area))
                return false;
        return !Crosses(room);
    }

    /// <summary>The first text that something crosses, or that leaves the image; null if there is none.</summary>
    public string? FindOverlap()
    {
        var page = new Area(0, 0, Width, Height);
        for (var i = 0; i < _texts.Count; i++)
        {
            var room = _texts[i].Area.Inflate(Clearance);
            if (!page.Contains(room) || Crosses(room))
                return _texts[i].Text;
            for (var j = 0; j < i; j++)
                if (room.Overlaps(_texts[j].Area))
                    return _texts[i].Text;
        }
        return null;
    }

    private bool Crosses(Area area)
    {
        foreach (var line in _lines)
            if (area.Inflate(line.Pen / 2).IntersectsLine(line.X1, line.Y1, line.X2, line.Y2))
                return true;
        foreach (var circle in _circles)
        {
            if (area.Inflate(circle.Pen / 2).IntersectsCircle(circle.X, circle.Y, circle.Radius))
                return true;
            if (circle.Filled && area.Contains(circle.X, circle.Y))
                return true;
        }
        foreach (var fill in _fills)
            if (fill.Intersects(area))
                return true;
        return false;
    }

    private static float SnapToPixel(float place, float pen) => pen < 1.5f ? MathF.Floor(place) + 0.5f : MathF.Round(place);
}

/// <summary>A line of text on a sheet.</summary>
/// <param name="Text">As it is drawn.</param>
/// <param name="Left">Left end of its ink.</param>
/// <param name="Baseline">Position of its baseline.</param>
/// <param name="CapHeight">Height of its capitals.</param>
/// <param name="Area">The area of its ink, including the pen's width.</param>
internal readonly record struct PlacedText(string Text, float Left, float Baseline, float CapHeight, Area Area);

/// <summary>A circle's line, or a disc if <paramref name="Filled"/>.</summary>
internal readonly record struct CanvasCircle(float X, float Y, float Radius, float Pen, uint Ink, bool Filled);

/// <summary>A straight line; all sizes in pixels.</summary>
internal readonly record struct CanvasLine(float X1, float Y1, float X2, float Y2, float Pen, uint Ink);
