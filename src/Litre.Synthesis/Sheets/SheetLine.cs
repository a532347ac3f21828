namespace Litre.Synthesis.Sheets;

/// <summary>A straight line; all sizes in pixels.</summary>
internal readonly record struct SheetLine(float X1, float Y1, float X2, float Y2, float Pen, uint Ink);
