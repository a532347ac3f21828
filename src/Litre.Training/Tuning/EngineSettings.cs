using Litre.Kernels;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>Where and how a run computes.</summary>
public sealed record EngineSettings
{
    /// <summary>For example <c>cuda:0</c>; empty for the best available.</summary>
    public string Device { get; init; } = "";

    /// <summary>The type of weights and activations.</summary>
    public DType DType { get; init; } = DType.BFloat16;

    /// <summary>The layers whose activations the backward pass recomputes instead of keeping them.</summary>
    public RecomputeSetting Recompute { get; init; } = RecomputeSetting.Auto;

    /// <summary>Which kernels the model may use. Set by the machine's environment, not by the recipe.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;
}
