namespace Litre.Training.Tuning;

/// <summary>What is held out, and how often it is looked at.</summary>
public sealed record ValidationSettings
{
    /// <summary>Share of the samples that is held out where the data do not say which.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Steps between two validations; 0 for once an epoch.</summary>
    public int Steps { get; init; }

    /// <summary>Validations without improvement after which the run ends; 0 for never.</summary>
    public int Patience { get; init; }
}
