namespace Litre.Synthesis.Drawings;

/// <summary>How dimension lines end.</summary>
internal enum ArrowKind
{
    Filled,
    Open,
    Tick,
}
