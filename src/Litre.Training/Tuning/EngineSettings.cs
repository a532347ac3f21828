using Litre.Kernels;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>Where and how a run computes.</summary>
public sealed record EngineSettings
{
    /// <summary>For example <c>cuda:0</c>; empty for the best available.</summary>
    public string Device { get; init; } = "";

    /// <summary>The type of weights and activations; bfloat16 if <see cref="RequestedDType"/> is null.</summary>
    public DType DType
    {
        get => RequestedDType ?? DType.BFloat16;
        init => RequestedDType = value;
    }

    /// <summary>The type that the caller or a recipe gave; null if the device decides (<see cref="ForDevice"/>).</summary>
    public DType? RequestedDType { get; private init; }

    /// <summary>The layers whose activations the backward pass recomputes instead of keeping them.</summary>
    public RecomputeSetting Recompute { get; init; } = RecomputeSetting.Auto;

    /// <summary>Which kernels the model may use. Set by the machine's environment, not by the recipe.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>These settings with the type that suits a device, unless one was given: bfloat16 on CUDA, float32 elsewhere.</summary>
    public EngineSettings ForDevice(DeviceType device) =>
        RequestedDType is not null ? this : this with { DType = device == DeviceType.Cuda ? DType.BFloat16 : DType.Float32 };
}
