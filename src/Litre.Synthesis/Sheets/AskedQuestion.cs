namespace Litre.Synthesis.Sheets;

/// <summary>A question as a row asks it, and its answer.</summary>
internal readonly record struct AskedQuestion(string Type, string Text, string Answer);
