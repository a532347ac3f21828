namespace Litre.Training.Tuning;

/// <summary>What is held out, and how often it is validated.</summary>
public sealed record ValidationSettings
{
    /// <summary>Share of the samples that is held out if the data do not define a split.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Steps between validations; 0 for once per epoch.</summary>
    public int Steps { get; init; }

    /// <summary>Validations without improvement after which the run ends; 0 for never.</summary>
    public int Patience { get; init; }
}
