namespace Litre.Synthesis.Drawings;

internal sealed partial class ViewContext
{
    private const float ArrowLength = 6.5f;
    private const float TextLift = 4.5f;

    // Length of a dimension line beyond arrows that point inward.
    private const float Tail = 10;

    /// <summary>
    /// A dimension from <paramref name="x1"/> to <paramref name="x2"/> with its text above the line, or next to it if it
    /// is too short. Texts stay between the barriers, which are other dimensions' lines.
    /// </summary>
    /// <param name="dimension">The dimension.</param>
    /// <param name="x1">Left end.</param>
    /// <param name="x2">Right end.</param>
    /// <param name="from1">Where the left extension line starts.</param>
    /// <param name="from2">Where the right one starts.</param>
    /// <param name="y">Position of the dimension line.</param>
    /// <param name="bounds">The horizontal range allowed for the text.</param>
    public bool Level(Dimension dimension, float x1, float x2, float from1, float from2, float y, (float Left, float Right) bounds)
    {
        y = MathF.Floor(y);
        var text = Label(dimension);
        var width = canvas.Measure(text);
        Fine(x1, from1 + 2, x1, y + 2);
        Fine(x2, from2 + 2, x2, y + 2);
        Dimensions.Add(dimension);
        if (x2 - x1 >= width + 8)
        {
            Fine(x1, y, x2, y);
            Arrow(x1, y, -1, 0);
            Arrow(x2, y, 1, 0);
            canvas.Write(text, (x1 + x2) / 2, y - TextLift, 0.5f);
            return true;
        }
        var (left, right) = (x1 - Tail, x2 + Tail);
        if (x2 + 6 + width <= bounds.Right)
            right = x2 + 8 + width;
        else if (x1 - 6 - width >= bounds.Left)
            left = x1 - 8 - width;
        else
            return false;
        Fine(left, y, right, y);
        Arrow(x1, y, 1, 0);
        Arrow(x2, y, -1, 0);
        if (right > x2 + Tail)
            canvas.Write(text, x2 + 5, y - TextLift);
        else
            canvas.Write(text, x1 - 5, y - TextLift, 1);
        return true;
    }

    /// <summary>Whether there is space for <see cref="Level"/>.</summary>
    public bool Fits(Dimension dimension, float x1, float x2, (float Left, float Right) bounds)
    {
        var width = canvas.Measure(Label(dimension));
        return x2 - x1 >= width + 8 || x2 + 6 + width <= bounds.Right || x1 - 6 - width >= bounds.Left;
    }

    /// <summary>The space that <see cref="Upright"/> needs next to a view.</summary>
    public float UprightBounds(Dimension dimension) => canvas.Measure(Label(dimension)) + 20;

    /// <summary>A vertical dimension left of a view; its text is left of its line.</summary>
    public void Upright(Dimension dimension, float y1, float y2, float from1, float from2, float x)
    {
        Fine(from1 - 2, y1, x - 3, y1);
        Fine(from2 - 2, y2, x - 3, y2);
        Fine(x, y1, x, y2);
        Arrow(x, y1, 0, -1);
        Arrow(x, y2, 0, 1);
        canvas.Write(Label(dimension), x - 6, (y1 + y2) / 2 + canvas.CapHeight / 2, 1);
        Dimensions.Add(dimension);
    }

    /// <summary>A dimension written on a leader's shelf, with an arrow to what it measures.</summary>
    /// <param name="dimension">The dimension.</param>
    /// <param name="x">Position of the arrow's point.</param>
    /// <param name="y">Position of the arrow's point.</param>
    /// <param name="shelf">Height of the shelf.</param>
    /// <param name="bounds">The horizontal range allowed for the text.</param>
    /// <param name="reach">Horizontal distance from the arrow's point to the start of the shelf.</param>
    public bool Leader(Dimension dimension, float x, float y, float shelf, (float Left, float Right) bounds, float reach = 8)
    {
        shelf = MathF.Floor(shelf);
        var text = Label(dimension);
        var width = canvas.Measure(text);
        var bend = x + reach;
        Dimensions.Add(dimension);
        if (bend + 4 + width <= bounds.Right)
        {
            Fine(bend, shelf, bend + 5 + width, shelf);
            canvas.Write(text, bend + 4, shelf - TextLift);
        }
        else if (x - reach - 4 - width >= bounds.Left)
        {
            bend = x - reach;
            Fine(bend, shelf, bend - 5 - width, shelf);
            canvas.Write(text, bend - 4, shelf - TextLift, 1);
        }
        else
        {
            return false;
        }
        Fine(bend, shelf, x, y);
        Arrow(x, y, x - bend, y - shelf);
        return true;
    }

    /// <summary>Whether there is space for <see cref="Leader"/>.</summary>
    public bool FitsLeader(Dimension dimension, float x, (float Left, float Right) bounds)
    {
        var width = canvas.Measure(Label(dimension));
        return x + 12 + width <= bounds.Right || x - 12 - width >= bounds.Left;
    }

    /// <summary>The end of a line with a given direction, with its point at a position.</summary>
    public void Arrow(float x, float y, float directionX, float directionY)
    {
        var length = MathF.Sqrt(directionX * directionX + directionY * directionY);
        var (dx, dy) = (directionX / length, directionY / length);
        // On the same half pixel as the line that it ends.
        if (dx == 0)
            x = MathF.Floor(x) + 0.5f;
        if (dy == 0)
            y = MathF.Floor(y) + 0.5f;
        var (backX, backY) = (x - dx * ArrowLength, y - dy * ArrowLength);
        const float Half = 2.2f;
        switch (style.Arrow)
        {
            case ArrowKind.Filled:
                canvas.Fill(0xFF000000, x, y, backX - dy * Half, backY + dx * Half, backX + dy * Half, backY - dx * Half);
                break;
            case ArrowKind.Open:
                canvas.Line(x, y, backX - dy * Half, backY + dx * Half, 1);
                canvas.Line(x, y, backX + dy * Half, backY - dx * Half, 1);
                break;
            default:
                canvas.Line(x - 3, y + 3, x + 3, y - 3, 1.4f);
                break;
        }
    }
}
