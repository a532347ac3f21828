using Litre.Torch;

namespace Litre.Planning;

/// <summary>
/// Memory that a run needs in addition to its tensors. It is an estimate, because drivers, kernels and allocators do not report it in
/// advance; everything else in a plan is counted.
/// </summary>
public static class OutsideTensors
{
    /// <summary>A CUDA context with libtorch's kernels loaded, and cuBLAS's work space: an assumption.</summary>
    public const long CudaContextBytes = 3L << 28;

    /// <summary>The runtime and libtorch in a process on the CPU, measured in small runs.</summary>
    public const long ProcessBytes = (3L << 30) / 10;

    /// <summary>Share of temporary memory that an allocator loses to blocks that do not fit: an assumption.</summary>
    public const double Fragmentation = 0.05;

    /// <summary>
    /// The same for the first GiB on the CPU: tensors up to 32 MiB are on the C library's heap, which keeps what was freed. Measured
    /// with steps of 0.4 to 4.6 GiB, whose estimates are within 17 %.
    /// </summary>
    public const double HeapFragmentation = 0.3;

    private const long HeapBytes = 1L << 30;

    /// <summary>Bytes in addition to the tensors of a phase.</summary>
    /// <param name="phase">Measured.</param>
    /// <param name="kernels">The device type whose kernels run.</param>
    public static long Bytes(PhaseMemory phase, DeviceType kernels)
    {
        var passing = Math.Max(0, phase.TensorBytes - phase.ResidentBytes);
        if (kernels == DeviceType.Cuda)
            return CudaContextBytes + phase.WorkspaceBytes + (long)(Fragmentation * passing);
        var heap = Math.Min(passing, HeapBytes);
        return ProcessBytes + (long)(HeapFragmentation * heap + Fragmentation * (passing - heap));
    }
}
