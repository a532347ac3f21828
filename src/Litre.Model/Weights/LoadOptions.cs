using Litre.Kernels;
using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>How a checkpoint is read, and by which kernels the model will compute. None of it changes the weights.</summary>
public sealed record LoadOptions
{
    /// <summary>The best way of reading that is tried.</summary>
    public ReadMethod ReadMethod { get; init; } = ReadMethod.Direct;

    /// <summary>Whether files are compared with the SHA-256 sums in their folder, if it has any. Then they are read whole.</summary>
    public bool VerifyChecksums { get; init; } = true;

    /// <summary>Whether numbers that are not finite are refused, and the weights' fingerprint is taken.</summary>
    public bool CheckValues { get; init; } = true;

    /// <summary>What the model may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>Called after each block, and again when all is there and checked; on the thread that loads.</summary>
    public Action<LoadProgress>? Progress { get; init; }

    /// <summary>
    /// The size of one of the two buffers in bytes. Reads of this size reach a disk's full rate, two are little beside a model, and
    /// CUDA's allocator of page-locked memory hands out powers of two.
    /// </summary>
    internal int BufferBytes { get; init; } = 1 << 25;
}
