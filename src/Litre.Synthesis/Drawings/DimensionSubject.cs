namespace Litre.Synthesis.Drawings;

/// <summary>Dimensions that a question can name without their letter: a drawing has each at most once.</summary>
internal enum DimensionSubject
{
    Unnamed,
    ShaftLength,
    ShaftDiameter,
    FlangeDiameter,
    PlateWidth,
    PlateHeight,
}
