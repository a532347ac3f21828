using Litre.Torch;

namespace Litre.Planning;

/// <summary>The memory of one phase of a run at its peak, as the program's own tensors.</summary>
/// <param name="Name">load, tune, validate, save, evaluate or merge.</param>
/// <param name="TensorBytes">Of all tensors on the device (with those of the host where both share one memory).</param>
/// <param name="ResidentBytes">Of those that are there before or after the phase too.</param>
/// <param name="HostBytes">The most that tensors take on the host, where it has memory of its own.</param>
/// <param name="WorkspaceBytes">The most that one kernel takes for itself meanwhile.</param>
/// <param name="Blocks">The tensors that stand at the peak; empty where they were not asked for.</param>
public sealed record PhaseMemory(
    string Name,
    long TensorBytes,
    long ResidentBytes,
    long HostBytes,
    long WorkspaceBytes,
    IReadOnlyList<MemoryBlock> Blocks
)
{
    /// <summary>Bytes at the peak by what they are there for.</summary>
    public IReadOnlyDictionary<MemoryUse, long> Parts { get; } =
        Blocks.GroupBy(b => b.Use).ToDictionary(g => g.Key, g => g.Sum(b => b.Bytes));

    /// <summary>What drivers, kernels and allocators take beside the tensors; an estimate.</summary>
    /// <param name="kernels">Whose kernels run.</param>
    public long OutsideBytes(DeviceType kernels) => OutsideTensors.Bytes(this, kernels);

    /// <summary>All of it.</summary>
    /// <param name="kernels">Whose kernels run.</param>
    public long TotalBytes(DeviceType kernels) => TensorBytes + OutsideBytes(kernels);
}
