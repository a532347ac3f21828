namespace Litre.Planning.Benchmarks;

/// <summary>Answers that were decoded together.</summary>
/// <param name="Batch">How many.</param>
/// <param name="NewTokens">Tokens of each.</param>
/// <param name="FirstTokenSeconds">Until each has its first token.</param>
/// <param name="Seconds">From then until the last token.</param>
/// <param name="GpuPercent">Mean utilisation of the GPU, in percent; null where it cannot be read.</param>
public sealed record DecodeResult(int Batch, int NewTokens, double FirstTokenSeconds, double Seconds, double? GpuPercent)
{
    /// <summary>The same answers once more, operator by operator from the first token on; null where it was not asked for.</summary>
    public StepProfile? Profile { get; init; }

    /// <summary>Steps that were replayed as a recorded graph; the first token of each answer needs none.</summary>
    public long ReplayedSteps { get; init; }

    /// <summary>Of all answers together, the first token of each left out.</summary>
    public double TokensPerSecond => Batch * (NewTokens - 1) / Seconds;
}
