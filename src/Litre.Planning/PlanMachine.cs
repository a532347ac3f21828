using Litre.Torch;

namespace Litre.Planning;

/// <summary>The machine for which a plan is made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kernels">The device type whose kernels run: CPU or CUDA.</param>
/// <param name="IsShared">Whether device and host share one memory; on the CPU they do.</param>
/// <param name="TotalBytes">Memory of the device.</param>
/// <param name="FreeBytes">The free memory of the device.</param>
/// <param name="Rates">Its rates; null if unknown.</param>
/// <param name="HostFreeBytes">Free host memory, in addition to the device's own; null if unknown or shared.</param>
public sealed record PlanMachine(
    string Name,
    DeviceType Kernels,
    bool IsShared,
    long TotalBytes,
    long FreeBytes,
    MachineRates? Rates,
    long? HostFreeBytes
)
{
    // If a machine with shared memory runs out of it, the machine hangs instead of reporting an error.
    private const long MinReserve = 1L << 29;
    private const double SharedReserve = 0.03;

    // Of a card's own memory, for errors of the estimate outside tensors.
    private const double CardReserve = 0.02;

    /// <summary>The memory that a run leaves free.</summary>
    public long ReserveBytes => IsShared ? Math.Max(MinReserve, (long)(SharedReserve * FreeBytes)) : (long)(CardReserve * FreeBytes);

    /// <summary>The largest allowed peak of a run.</summary>
    public long BudgetBytes => FreeBytes - ReserveBytes;
}
