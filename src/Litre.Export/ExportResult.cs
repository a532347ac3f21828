namespace Litre.Export;

/// <summary>What an export wrote, and the result of the comparison after it was loaded again.</summary>
/// <param name="Output">The folder.</param>
/// <param name="ChangedTensors">Weights that the adapter changed.</param>
/// <param name="AdapterEffect">How much the adapter changes the base model's logits on the probe, relative by norm.</param>
/// <param name="Difference">How much the export's logits differ from those of base and adapter in memory, relative by norm.</param>
/// <param name="Bound">The largest difference that rounding explains.</param>
public sealed record ExportResult(string Output, int ChangedTensors, double AdapterEffect, double Difference, double Bound)
{
    /// <summary>
    /// False if the export does not compute the same as base and adapter in memory, or is no closer to them than the base model; it has
    /// been removed in that case.
    /// </summary>
    public bool Passed => Difference <= Bound && !IsLost;

    /// <summary>
    /// Whether rounding removed most of a small update: 16-bit weights change in steps of 1/256, and changes of less than half a step
    /// are lost.
    /// </summary>
    public bool IsLost => AdapterEffect > 0 && Difference > AdapterEffect / 2;
}
