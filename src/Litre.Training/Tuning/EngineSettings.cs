using Litre.Kernels;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>Where and how a run computes.</summary>
public sealed record EngineSettings
{
    /// <summary>Such as <c>cuda:0</c>; empty for the best there is.</summary>
    public string Device { get; init; } = "";

    /// <summary>Of weights and activations.</summary>
    public DType DType { get; init; } = DType.BFloat16;

    /// <summary>What the backward runs again instead of keeping it.</summary>
    public RecomputeSetting Recompute { get; init; } = RecomputeSetting.Auto;

    /// <summary>Which kernels the model may use. The machine's environment says it, not the recipe.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;
}
