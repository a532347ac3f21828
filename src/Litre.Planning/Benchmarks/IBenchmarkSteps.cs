using Litre.Inference.Features;
using Litre.Model;
using Litre.Training.Steps;

namespace Litre.Planning.Benchmarks;

/// <summary>The steps of a benchmark, which are known in advance, and prompts like their samples. Not thread-safe.</summary>
public interface IBenchmarkSteps : IStepSource
{
    /// <summary>The micro-batches of every step that differs from those before it, without pixels.</summary>
    IReadOnlyList<ModelSample[][]> Outlines { get; }

    /// <summary>Training samples that a run would skip: too long for a micro-batch, or without an answer.</summary>
    int LeftOut { get; }

    /// <summary>Called before the first step.</summary>
    /// <param name="features">Packs the samples. Borrowed.</param>
    void Prepare(FeatureCache features);

    /// <summary>Creates prompts: samples without their answers.</summary>
    /// <param name="count">How many.</param>
    /// <param name="pixels">Whether to load their pixels, which the caller frees.</param>
    ModelSample[] Prompts(int count, bool pixels);
}
