using Litre.Torch;

namespace Litre.Planning;

/// <summary>The peak memory of one phase of a run, in the program's own tensors.</summary>
/// <param name="Name">load, tune, validate, save, evaluate or merge.</param>
/// <param name="TensorBytes">The bytes of all tensors on the device (with those of the host where both share one memory).</param>
/// <param name="ResidentBytes">The bytes of those that also exist before or after the phase.</param>
/// <param name="HostBytes">The peak of tensors on the host, if it has separate memory.</param>
/// <param name="WorkspaceBytes">The largest workspace of a kernel.</param>
/// <param name="Blocks">The tensors at the peak; empty if they were not requested.</param>
public sealed record PhaseMemory(
    string Name,
    long TensorBytes,
    long ResidentBytes,
    long HostBytes,
    long WorkspaceBytes,
    IReadOnlyList<MemoryBlock> Blocks
)
{
    /// <summary>Bytes at the peak by purpose.</summary>
    public IReadOnlyDictionary<MemoryUse, long> Parts { get; } =
        Blocks.GroupBy(b => b.Use).ToDictionary(g => g.Key, g => g.Sum(b => b.Bytes));

    /// <summary>What drivers, kernels and allocators need in addition to the tensors; an estimate.</summary>
    /// <param name="kernels">The device type whose kernels run.</param>
    public long OutsideBytes(DeviceType kernels) => OutsideTensors.Bytes(this, kernels);

    /// <summary>The total memory.</summary>
    /// <param name="kernels">The device type whose kernels run.</param>
    public long TotalBytes(DeviceType kernels) => TensorBytes + OutsideBytes(kernels);
}
