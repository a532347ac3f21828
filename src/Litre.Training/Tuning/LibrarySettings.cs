namespace Litre.Training.Tuning;

/// <summary>How a run's best adapter is registered in the adapter library.</summary>
public sealed record LibrarySettings
{
    /// <summary>The adapter's name; empty for that of the run's folder, without its time.</summary>
    public string Name { get; init; } = "";

    /// <summary>A remark about the run.</summary>
    public string Note { get; init; } = "";
}
