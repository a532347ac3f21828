using Litre.Core;

namespace Litre.Kernels;

/// <summary>
/// Which kernels a model may use. They affect rounding and speed, never what is computed. A model is
/// built with them (<see cref="KernelPolicy"/>), a run records them, and a resumed run uses them again.
/// </summary>
public sealed record KernelOptions
{
    /// <summary>Everything that a device supports.</summary>
    public static KernelOptions Default { get; } = new();

    /// <summary>Kernels of Litre's own, in bf16 on CUDA.</summary>
    public bool UsesOwn { get; init; } = true;

    /// <summary>The only kernel for products by expert; if it does not run, one product per expert. Null for the fastest.</summary>
    public GroupedKernel? Grouped { get; init; }

    /// <summary>Flash attention and cuDNN where they are supported; false for matrix products and a softmax.</summary>
    public bool UsesFusedAttention { get; init; } = true;

    /// <summary>Decoding steps captured as CUDA graphs.</summary>
    public bool CapturesSteps { get; init; } = true;

    /// <summary>The options that the environment variables set.</summary>
    /// <exception cref="InputException">
    /// <see cref="HostEnvironment.Kernels"/>, <see cref="HostEnvironment.Graphs"/> or <see cref="HostEnvironment.Grouped"/> has a value
    /// that is not supported.
    /// </exception>
    public static KernelOptions FromEnvironment() =>
        new()
        {
            UsesOwn = HostEnvironment.IsOn(HostEnvironment.Kernels),
            Grouped = ParseGrouped(HostEnvironment.Read(HostEnvironment.Grouped)),
            CapturesSteps = HostEnvironment.IsOn(HostEnvironment.Graphs),
        };

    /// <summary>Reads <see cref="HostEnvironment.Grouped"/>.</summary>
    /// <exception cref="InputException">The value is not supported.</exception>
    internal static GroupedKernel? ParseGrouped(string? text) =>
        text switch
        {
            null or "" => null,
            "own" => GroupedKernel.Own,
            "libtorch" => GroupedKernel.Libtorch,
            "none" => GroupedKernel.None,
            _ => throw new InputException($"{HostEnvironment.Grouped}={text}: expected own, libtorch or none"),
        };
}
