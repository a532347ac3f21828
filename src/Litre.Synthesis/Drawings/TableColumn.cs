namespace Litre.Synthesis.Drawings;

/// <summary>Columns of a parts table.</summary>
internal enum TableColumn
{
    Item,
    PartNumber,
    Material,
    Quantity,
}
