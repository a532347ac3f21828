namespace Litre.Planning;

/// <summary>A vendor's data of a machine, for plans that are made on other machines.</summary>
/// <param name="Name">The value of the setting <c>machine</c>.</param>
/// <param name="Title">The readable name.</param>
/// <param name="Devices">Parts of the names that the driver reports for such devices.</param>
/// <param name="TotalGiB">Device memory as the driver reports it; for a unified machine, the memory that the kernel manages.</param>
/// <param name="IsUnified">Whether device and processor share one memory.</param>
/// <param name="Tflops16">Dense bf16 products with float32 sums, in TFLOP/s.</param>
/// <param name="Tflops32">Float32 products without tensor cores, in TFLOP/s.</param>
/// <param name="GBytesPerSecond">Memory bandwidth, in 10^9 bytes per second.</param>
public sealed record MachineProfile(
    string Name,
    string Title,
    IReadOnlyList<string> Devices,
    double TotalGiB,
    bool IsUnified,
    double Tflops16,
    double Tflops32,
    double GBytesPerSecond
);
