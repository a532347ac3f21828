namespace Litre.Data.Splits;

/// <summary>How much of the data is held out.</summary>
/// <param name="ValidationShare">Share of samples for validation where the data give no validation side, 0 to 1.</param>
/// <param name="TestShare">The same for a test side.</param>
/// <param name="Seed">Of the choice.</param>
public sealed record SplitOptions(double ValidationShare = 0.1, double TestShare = 0, ulong Seed = 0);
