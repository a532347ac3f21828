namespace Litre.Synthesis.Drawings;

/// <summary>One row of a parts table, as answers say it.</summary>
/// <param name="Number">The item's number, from 1.</param>
/// <param name="PartNumber">Such as <c>AB-2047</c>.</param>
/// <param name="Material">A real designation, such as <c>S235JR</c>.</param>
/// <param name="Quantity">1 to 24.</param>
internal sealed record PartsItem(int Number, string PartNumber, string Material, int Quantity);
