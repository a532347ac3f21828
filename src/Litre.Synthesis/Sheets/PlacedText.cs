namespace Litre.Synthesis.Sheets;

/// <summary>A line of text on a sheet.</summary>
/// <param name="Text">As it is drawn.</param>
/// <param name="Left">Where its ink begins.</param>
/// <param name="Baseline">Where its capitals end.</param>
/// <param name="CapHeight">Height of its capitals.</param>
/// <param name="Area">What its ink covers, the pen's width included.</param>
internal readonly record struct PlacedText(string Text, float Left, float Baseline, float CapHeight, Area Area);
