namespace Litre.Planning.Benchmarks;

/// <summary>All that a benchmark measured.</summary>
/// <param name="Machine">What the device calls itself; null on a meta device.</param>
/// <param name="Peaks">What it reaches at best; null on a meta device.</param>
/// <param name="WeightBytes">Weights and adapters.</param>
/// <param name="LoadSeconds">Making them.</param>
/// <param name="PlannedStep">The step's memory as it was planned in advance; null without steps.</param>
/// <param name="PlannedGeneration">The same of the answers; null without them.</param>
/// <param name="Step">Null without steps.</param>
/// <param name="Generation">Null without answers, and on a meta device.</param>
public sealed record BenchmarkResult(
    string? Machine,
    MachinePeaks? Peaks,
    long WeightBytes,
    double LoadSeconds,
    PhaseMemory? PlannedStep,
    PhaseMemory? PlannedGeneration,
    StepResult? Step,
    GenerationResult? Generation
)
{
    /// <summary>Samples of an epoch; null where they are only described.</summary>
    public int? EpochSamples { get; init; }

    /// <summary>Samples that a run would leave out.</summary>
    public int LeftOut { get; init; }

    /// <summary>An epoch at the speed of the timed steps; null where there is none.</summary>
    public double? EpochSeconds => EpochSamples / Step?.SamplesPerSecond;
}
