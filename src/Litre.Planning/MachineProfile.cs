namespace Litre.Planning;

/// <summary>What a vendor says of a machine, for plans made elsewhere.</summary>
/// <param name="Name">As <c>machine</c> takes it.</param>
/// <param name="Title">As people call it.</param>
/// <param name="Devices">Parts of the names that the driver gives such devices.</param>
/// <param name="TotalGiB">Device memory as the driver shows it; of a unified machine the memory that the kernel manages.</param>
/// <param name="IsUnified">Whether device and processor share one memory.</param>
/// <param name="Tflops16">Dense bf16 products with float32 sums, in TFLOP/s.</param>
/// <param name="Tflops32">Float32 products without tensor cores, in TFLOP/s.</param>
/// <param name="GBytesPerSecond">Memory bandwidth, in 10^9 bytes a second.</param>
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
