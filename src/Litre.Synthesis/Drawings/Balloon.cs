using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>A numbered mark of a part.</summary>
/// <param name="Item">The item that it names.</param>
/// <param name="Area">What it covers, its outline included.</param>
internal readonly record struct Balloon(int Item, Area Area);
