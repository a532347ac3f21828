using Litre.Torch;

namespace Litre.Planning;

/// <summary>The machine that a plan is made for.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Kernels">Whose kernels run: CPU or CUDA.</param>
/// <param name="IsShared">Whether device and host share one memory; on the CPU they do.</param>
/// <param name="TotalBytes">Memory of the device.</param>
/// <param name="FreeBytes">What a run may take of it.</param>
/// <param name="Rates">How fast it works; null where nobody says.</param>
/// <param name="HostFreeBytes">Memory that is free beside the device's own; null where unknown or shared.</param>
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
    // Exhausted memory of a machine that shares it ends in a machine that hangs, not in an error.
    private const long MinReserve = 1L << 29;
    private const double SharedReserve = 0.03;

    // Of a card's own memory, for what the estimate outside tensors may have missed.
    private const double CardReserve = 0.02;

    /// <summary>What a run leaves free.</summary>
    public long ReserveBytes => IsShared ? Math.Max(MinReserve, (long)(SharedReserve * FreeBytes)) : (long)(CardReserve * FreeBytes);

    /// <summary>What a run's peak may be.</summary>
    public long BudgetBytes => FreeBytes - ReserveBytes;
}
