using Litre.Kernels;
using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>How a checkpoint is read, and which kernels the model may use. No option changes the weights.</summary>
public sealed record LoadOptions
{
    /// <summary>The best read method that is tried.</summary>
    public ReadMethod ReadMethod { get; init; } = ReadMethod.Direct;

    /// <summary>
    /// Whether files are compared with the SHA-256 sums in their folder, if it has any. The files are then read completely.
    /// </summary>
    public bool VerifyChecksums { get; init; } = true;

    /// <summary>Whether values that are not finite are refused, and the weights' fingerprint is computed.</summary>
    public bool CheckValues { get; init; } = true;

    /// <summary>The kernels that the model may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>Called after each block, and again when everything is loaded and checked; on the loading thread.</summary>
    public Action<LoadProgress>? Progress { get; init; }

    /// <summary>
    /// The size of one of the two buffers in bytes. Reads of this size reach a disk's full rate, two are small compared with a model,
    /// and CUDA's allocator of page-locked memory hands out powers of two.
    /// </summary>
    internal int BufferBytes { get; init; } = 1 << 25;
}
