using Litre.Inference.Features;
using Litre.Model;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>Where a benchmark's micro-batches come from. Not thread-safe.</summary>
public interface IStepBatches : IDisposable
{
    /// <summary>The micro-batches of every step that differs from those before it, without pixels.</summary>
    IReadOnlyList<ModelSample[][]> Steps { get; }

    /// <summary>Training samples of an epoch; null where the samples are only described.</summary>
    int? EpochSamples { get; }

    /// <summary>Training samples that a run would leave out: too long for a micro-batch, or without an answer.</summary>
    int LeftOut { get; }

    /// <summary>Before the first step.</summary>
    /// <param name="features">Packs the samples. Borrowed.</param>
    void Prepare(FeatureCache features);

    /// <summary>The micro-batches of a step, with pixels where they are needed. Borrowed until <see cref="Return"/>.</summary>
    /// <param name="step">Counted from one.</param>
    PreparedBatch[] GetStep(int step);

    void Return(PreparedBatch[] batches);

    /// <summary>So many prompts: samples without their answers.</summary>
    /// <param name="count">How many.</param>
    /// <param name="pixels">Whether with their pixels, which are the caller's to free.</param>
    ModelSample[] Prompts(int count, bool pixels);
}
