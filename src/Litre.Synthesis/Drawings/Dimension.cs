namespace Litre.Synthesis.Drawings;

/// <summary>A dimension, as answers say it.</summary>
/// <param name="Tag">The letter beside it, one of a kind in its drawing.</param>
/// <param name="IsDiameter">Whether it carries <c>φ</c>.</param>
/// <param name="Size">Such as <c>12.5</c>, in millimetres.</param>
/// <param name="Tolerance">Such as <c>0.02</c>, to both sides; empty for none.</param>
/// <param name="Fit">Such as <c>H7</c>; empty for none.</param>
/// <param name="Subject">What it measures, where words alone say which it is.</param>
internal sealed record Dimension(char Tag, bool IsDiameter, string Size, string Tolerance, string Fit, DimensionSubject Subject)
{
    /// <summary>Such as <c>φ12.5±0.02</c> or <c>φ20 H7</c>.</summary>
    public string Text =>
        (IsDiameter ? "φ" : "") + Size + (Tolerance.Length > 0 ? "±" + Tolerance : "") + (Fit.Length > 0 ? " " + Fit : "");
}
