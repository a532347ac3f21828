using Litre.Torch;

namespace Litre.Training.Planning;

/// <summary>
/// Memory that a run takes beside its tensors. An estimate: drivers and kernels do not say it beforehand. Everything else
/// in a plan is counted.
/// </summary>
public static class OutsideTensors
{
    /// <summary>A CUDA context with libtorch's kernels loaded, and cuBLAS's work space: an assumption.</summary>
    public const long CudaContextBytes = 3L << 28;

    /// <summary>The runtime and libtorch itself in a process on the CPU, as small runs show it.</summary>
    public const long ProcessBytes = 3L << 27;

    /// <summary>Share of what comes and goes that an allocator loses to blocks that do not fit: an assumption.</summary>
    public const double Fragmentation = 0.05;

    /// <summary>Bytes beside the tensors of a phase.</summary>
    /// <param name="phase">Measured.</param>
    /// <param name="kernels">Whose kernels run.</param>
    public static long Bytes(PhaseMemory phase, DeviceType kernels) =>
        (kernels == DeviceType.Cuda ? CudaContextBytes : ProcessBytes) + phase.WorkspaceBytes
        + (long)(Fragmentation * Math.Max(0, phase.TensorBytes - phase.StandingBytes));
}
