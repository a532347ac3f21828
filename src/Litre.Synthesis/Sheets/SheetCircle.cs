namespace Litre.Synthesis.Sheets;

/// <summary>A circle's line, or a disc where <paramref name="Filled"/>.</summary>
internal readonly record struct SheetCircle(float X, float Y, float Radius, float Pen, uint Ink, bool Filled);
