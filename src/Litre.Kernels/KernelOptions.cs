using Litre.Core;

namespace Litre.Kernels;

/// <summary>
/// Which kernels a model may use. They decide how results are rounded and how fast they come, never what is computed. A model is
/// built with them (<see cref="KernelPolicy"/>), a run records them, and resuming it takes them again.
/// </summary>
public sealed record KernelOptions
{
    /// <summary>Everything that a device supports.</summary>
    public static KernelOptions Default { get; } = new();

    /// <summary>Kernels of Litre's own, in bf16 on CUDA.</summary>
    public bool UsesOwn { get; init; } = true;

    /// <summary>The only kernel for products by expert; where it does not run, one product an expert. Null for the fastest.</summary>
    public GroupedKernel? Grouped { get; init; }

    /// <summary>Flash attention and cuDNN where they run; false for matrix products and a softmax.</summary>
    public bool UsesFusedAttention { get; init; } = true;

    /// <summary>Decoding steps captured as CUDA graphs.</summary>
    public bool CapturesSteps { get; init; } = true;

    /// <summary>What the environment asks for.</summary>
    /// <exception cref="InputException">
    /// <see cref="HostEnvironment.Kernels"/>, <see cref="HostEnvironment.Graphs"/> or <see cref="HostEnvironment.Grouped"/> has a value
    /// that is not one of theirs.
    /// </exception>
    public static KernelOptions FromEnvironment() =>
        new()
        {
            UsesOwn = HostEnvironment.IsOn(HostEnvironment.Kernels),
            Grouped = ParseGrouped(HostEnvironment.Read(HostEnvironment.Grouped)),
            CapturesSteps = HostEnvironment.IsOn(HostEnvironment.Graphs),
        };

    /// <summary>Reads <see cref="HostEnvironment.Grouped"/>.</summary>
    /// <exception cref="InputException">It says something else.</exception>
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
