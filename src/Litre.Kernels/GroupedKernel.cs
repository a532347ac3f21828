namespace Litre.Kernels;

/// <summary>What computes a product of sorted rows with their expert's matrix.</summary>
public enum GroupedKernel
{
    /// <summary>
    /// One product an expert, for which the groups' ends are read once a layer and kept for all its products, those of the backward
    /// too.
    /// </summary>
    None,

    /// <summary>libtorch's, for CUDA of compute capability 9 and 10.</summary>
    Libtorch,

    /// <summary>Ours, for every GPU that has bf16.</summary>
    Own,
}
