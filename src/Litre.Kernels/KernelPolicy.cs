namespace Litre.Kernels;

/// <summary>How one model chooses its kernels: the options it was built with, and what its shapes have been used for so far.</summary>
/// <param name="options">What may be used.</param>
public sealed class KernelPolicy(KernelOptions options)
{
    /// <summary>Everything that a device supports.</summary>
    public KernelPolicy()
        : this(KernelOptions.Default) { }

    /// <summary>What may be used. Tests change it between passes to compare both ways on one model.</summary>
    public KernelOptions Options { get; internal set; } = options;

    /// <summary>When sequences of equal length change from flash attention to cuDNN.</summary>
    public AttentionWork Attention { get; init; } = new();
}
