namespace Litre.Export;

/// <summary>What an export wrote, and how it compared after it was loaded back.</summary>
/// <param name="Output">The folder.</param>
/// <param name="ChangedTensors">Weights that the adapter changed.</param>
/// <param name="AdapterEffect">How far the adapter moves the base model's logits on the probe, relative by norm.</param>
/// <param name="Difference">How far the export's logits are from those of base and adapter in memory, relative by norm.</param>
/// <param name="Bound">The largest difference that rounding explains.</param>
public sealed record ExportResult(string Output, int ChangedTensors, double AdapterEffect, double Difference, double Bound)
{
    /// <summary>
    /// False where the export does not compute what was in memory, or is no nearer to it than the base model is; it has been removed
    /// then.
    /// </summary>
    public bool Passed => Difference <= Bound && !IsLost;

    /// <summary>
    /// Whether rounding took most of a small update away: 16-bit weights move in steps of 1/256, and what is smaller than half
    /// a step is gone.
    /// </summary>
    public bool IsLost => AdapterEffect > 0 && Difference > AdapterEffect / 2;
}
