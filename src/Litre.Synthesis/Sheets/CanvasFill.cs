namespace Litre.Synthesis.Sheets;

/// <summary>A filled polygon.</summary>
/// <param name="Points">x, y, x, y, …</param>
/// <param name="Ink">Its color.</param>
internal readonly record struct CanvasFill(float[] Points, uint Ink)
{
    /// <summary>Whether any part of it is inside a rectangle.</summary>
    public bool Intersects(Area area)
    {
        var inside = false;
        for (var i = 0; i < Points.Length; i += 2)
        {
            var j = (i + 2) % Points.Length;
            var (x1, y1, x2, y2) = (Points[i], Points[i + 1], Points[j], Points[j + 1]);
            if (area.IntersectsLine(x1, y1, x2, y2))
                return true;
            // No edge crosses the rectangle, so all of it is inside or none. Even-odd rule for its center.
            if (y1 > area.CenterY != y2 > area.CenterY && area.CenterX < x1 + (area.CenterY - y1) / (y2 - y1) * (x2 - x1))
                inside = !inside;
        }
        return inside;
    }
}
