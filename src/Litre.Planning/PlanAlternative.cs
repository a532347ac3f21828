namespace Litre.Planning;

/// <summary>Other settings that would fit.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Change">The settings to change, in backticks; empty for another model alone.</param>
/// <param name="TotalBytes">Its peak.</param>
public sealed record PlanAlternative(string Model, string Change, long TotalBytes);
