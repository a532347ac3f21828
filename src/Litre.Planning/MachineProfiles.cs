using Litre.Core;
using Litre.Torch;

namespace Litre.Planning;

/// <summary>
/// Machines for which a run can be planned without having one. All rates are the vendor's figures, which no program reaches; the shares
/// are what kernels reach, fitted to steps of the 30B-A3B model measured on an H200 (docs/memory.md).
/// </summary>
public static class MachineProfiles
{
    /// <summary>
    /// Share of the vendor's arithmetic that large products reach: those of the 30B-A3B model ran at 535 to 615 of
    /// 989 TFLOP/s on an H200.
    /// </summary>
    public const double ProductShare = 0.6;

    /// <summary>Share of that which flash attention reaches: 165 to 225 TFLOP/s there, forward and backward.</summary>
    public const double AttentionShare = 0.32;

    /// <summary>Share of the vendor's bandwidth that element-wise kernels reach on very fast memory: fitted to the H200.</summary>
    public const double FastMemoryShare = 0.68;

    /// <summary>The same for slower memory: a GB10's reaches 230 of 273 GB/s when it is read from end to end.</summary>
    public const double MemoryShare = 0.8;

    /// <summary>Overhead of an operator on the device: fitted to the H200.</summary>
    public const double OperatorSeconds = 3e-6;

    /// <summary>Host time to start an operator: decoding 30B-A3B called 50,000 per second with an H200.</summary>
    public const double HostSeconds = 20e-6;

    private const double FastMemory = 1500; // GB/s

    // The driver reserves about this much on a card without a display.
    private const double DriverGiB = 0.5;

    // Of 121.7 GiB that a GB10's kernel manages, 113 are available when it idles.
    private const double UnifiedSystemGiB = 8.7;

    // Memory as nvidia-smi shows it; rates from NVIDIA's data sheets, dense (half of what they print with sparsity). Of the
    // GB10 they print 1000 TFLOP/s in FP4 with sparsity, which is an eighth in bf16 without.
    public static IReadOnlyList<MachineProfile> All { get; } =
    [
        new("gb10", "GB10 (DGX Spark, ThinkStation PGX)", ["GB10"], 121.7, true, 125, 31, 273),
        new("3090", "GeForce RTX 3090", ["RTX 3090"], 24.0, false, 71, 35.6, 936),
        new("4090", "GeForce RTX 4090", ["RTX 4090"], 24.0, false, 165, 82.6, 1008),
        new("5090", "GeForce RTX 5090", ["RTX 5090"], 31.8, false, 209, 104.8, 1792),
        new("l4", "L4", ["NVIDIA L4"], 22.5, false, 121, 30.3, 300),
        new("a6000", "RTX A6000", ["RTX A6000"], 48.0, false, 155, 38.7, 768),
        new("l40s", "L40S", ["L40S"], 45.0, false, 362, 91.6, 864),
        new("rtx6000", "RTX 6000 Ada", ["RTX 6000 Ada"], 48.0, false, 364, 91.1, 960),
        new("pro6000", "RTX PRO 6000 Blackwell", ["RTX PRO 6000"], 95.6, false, 500, 125, 1792),
        new("a100-40", "A100 40 GB", ["A100-SXM4-40GB", "A100-PCIE-40GB"], 39.5, false, 312, 19.5, 1555),
        new("a100", "A100 80 GB", ["A100"], 79.2, false, 312, 19.5, 2039),
        new("h100", "H100 80 GB", ["H100"], 79.6, false, 989, 67, 3350),
        new("h200", "H200", ["H200"], 140.4, false, 989, 67, 4800),
        new("b200", "B200", ["B200"], 179.0, false, 2250, 75, 8000),
    ];

    /// <summary>The profile with the given name.</summary>
    /// <exception cref="InputException">There is no such profile.</exception>
    public static MachineProfile Find(string name) =>
        All.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException(
            "machine",
            name,
            "is not a known machine",
            $"choose one of {string.Join(", ", All.Select(m => m.Name))}, or omit it to plan for this machine"
        );

    /// <summary>The profile that matches the driver's name of a device, or null.</summary>
    public static MachineProfile? OfDevice(string deviceName) =>
        All.FirstOrDefault(m => m.Devices.Any(d => deviceName.Contains(d, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Describes a machine of this kind with nothing else running.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="memoryBytes">Free memory as specified by the user; null for the profile's.</param>
    public static PlanMachine Described(MachineProfile profile, long? memoryBytes)
    {
        const double GiB = 1L << 30;
        var free = memoryBytes ?? (long)((profile.TotalGiB - (profile.IsUnified ? UnifiedSystemGiB : DriverGiB)) * GiB);
        return new PlanMachine(
            profile.Title,
            DeviceType.Cuda,
            profile.IsUnified,
            (long)(profile.TotalGiB * GiB),
            free,
            Rates(profile),
            null
        );
    }

    internal static MachineRates Rates(MachineProfile profile) =>
        new(
            profile.Tflops16 * 1e12 * ProductShare,
            profile.Tflops32 * 1e12 * ProductShare,
            AttentionShare,
            profile.GBytesPerSecond * 1e9 * (profile.GBytesPerSecond > FastMemory ? FastMemoryShare : MemoryShare),
            OperatorSeconds,
            HostSeconds,
            IsMeasured: false
        );
}
