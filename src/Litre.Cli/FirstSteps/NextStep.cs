namespace Litre.Cli.FirstSteps;

/// <summary>Something to do next.</summary>
/// <param name="Purpose">What it is good for.</param>
/// <param name="Command">What to type.</param>
internal sealed record NextStep(string Purpose, string Command);
