namespace Litre.Planning.Benchmarks;

/// <summary>All results of a benchmark.</summary>
/// <param name="Machine">The device's name; null on a meta device.</param>
/// <param name="Peaks">Its measured peak rates; null on a meta device.</param>
/// <param name="WeightBytes">Weights and adapters.</param>
/// <param name="LoadSeconds">The seconds of creating them.</param>
/// <param name="PlannedStep">The planned memory of a step; null without steps.</param>
/// <param name="PlannedGeneration">The planned memory of answers; null without answers.</param>
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
    /// <summary>Samples per epoch; null if they are only described.</summary>
    public int? EpochSamples { get; init; }

    /// <summary>Requests that arrived at random times; null if they were not measured.</summary>
    public ServingResult? Serving { get; init; }

    /// <summary>Samples that a run would skip.</summary>
    public int LeftOut { get; init; }

    /// <summary>Seconds per epoch at the speed of the timed steps; null without a data set.</summary>
    public double? EpochSeconds => EpochSamples / Step?.SamplesPerSecond;
}
