namespace Litre.Data.Synthesis.Drawings;

/// <summary>How dimension lines end.</summary>
internal enum ArrowKind
{
    Filled,
    Open,
    Tick,
}
