namespace Litre.Synthesis.Sheets;

/// <summary>A rectangle of a sheet, in pixels from its upper left corner.</summary>
internal readonly record struct Area(float Left, float Top, float Right, float Bottom)
{
    public float Width => Right - Left;

    public float Height => Bottom - Top;

    public float CenterX => (Left + Right) / 2;

    public float CenterY => (Top + Bottom) / 2;

    public Area Inflate(float by) => new(Left - by, Top - by, Right + by, Bottom + by);

    public bool Overlaps(Area other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

    public bool Contains(Area other) => Left <= other.Left && Top <= other.Top && other.Right <= Right && other.Bottom <= Bottom;

    public bool Contains(float x, float y) => Left <= x && x <= Right && Top <= y && y <= Bottom;

    /// <summary>Whether any part of a straight line is inside (Liang and Barsky, 1984).</summary>
    public bool IntersectsLine(float x1, float y1, float x2, float y2)
    {
        var (from, to) = (0f, 1f);
        var (dx, dy) = (x2 - x1, y2 - y1);
        return Clip(-dx, x1 - Left) && Clip(dx, Right - x1) && Clip(-dy, y1 - Top) && Clip(dy, Bottom - y1);

        bool Clip(float p, float q)
        {
            if (p == 0)
                return q >= 0;
            var t = q / p;
            if (p < 0)
                from = Math.Max(from, t);
            else
                to = Math.Min(to, t);
            return from <= to;
        }
    }

    /// <summary>Whether any part of a circle's line is inside.</summary>
    public bool IntersectsCircle(float x, float y, float radius)
    {
        var (nearX, nearY) = (Math.Clamp(x, Left, Right) - x, Math.Clamp(y, Top, Bottom) - y);
        var (farX, farY) = (Math.Max(x - Left, Right - x), Math.Max(y - Top, Bottom - y));
        return nearX * nearX + nearY * nearY <= radius * radius && farX * farX + farY * farY >= radius * radius;
    }
}
