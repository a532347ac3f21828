namespace Litre.Kernels;

/// <summary>The implementation of products of sorted rows with their expert's matrix.</summary>
public enum GroupedKernel
{
    /// <summary>
    /// One product per expert; the groups' ends are read once per layer and kept for all its products, including those of the backward.
    /// They are read on the host.
    /// </summary>
    None,

    /// <summary>libtorch's, for CUDA of compute capability 9 and 10.</summary>
    Libtorch,

    /// <summary>Litre's own, for every GPU that supports bf16.</summary>
    Own,
}
