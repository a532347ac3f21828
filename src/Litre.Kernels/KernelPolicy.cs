namespace Litre.Kernels;

/// <summary>How one model chooses its kernels: the options it was built with, and what its shapes have been used for so far.</summary>
/// <param name="options">The kernels that may be used.</param>
public sealed class KernelPolicy(KernelOptions options)
{
    /// <summary>Everything that a device supports.</summary>
    public KernelPolicy()
        : this(KernelOptions.Default) { }

    /// <summary>The kernels that may be used. Tests change them between passes to compare both on one model.</summary>
    public KernelOptions Options { get; internal set; } = options;

    /// <summary>When sequences of equal length change from flash attention to cuDNN.</summary>
    public AttentionWork Attention { get; init; } = new();
}
