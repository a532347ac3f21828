namespace Litre.Synthesis.Charts;

/// <summary>What kind of chart it is.</summary>
internal enum ChartKind
{
    Bars,
    Lines,
    Pie,
    Table,
}
