using System.Globalization;

namespace Litre.Torch;

/// <summary>What the driver reports about one CUDA device.</summary>
/// <param name="Index">Position among the devices that this process sees.</param>
/// <param name="Name">Product name, for example <c>NVIDIA GB10</c>.</param>
/// <param name="ComputeMajor">Compute capability before the dot.</param>
/// <param name="ComputeMinor">Compute capability after the dot.</param>
/// <param name="Multiprocessors">Number of streaming multiprocessors.</param>
/// <param name="TotalBytes">All memory of the device; on an integrated one this is the machine's memory.</param>
/// <param name="IsIntegrated">True if device and processor share one memory.</param>
public sealed record CudaDeviceInfo(
    int Index,
    string Name,
    int ComputeMajor,
    int ComputeMinor,
    int Multiprocessors,
    long TotalBytes,
    bool IsIntegrated
)
{
    /// <summary>Whether libtorch has a kernel for grouped products here.</summary>
    public bool HasGroupedProducts => ComputeMajor is 9 or 10;

    /// <summary>Whether its tensor cores multiply bf16: since Ampere.</summary>
    public bool MultipliesBFloat16 => ComputeMajor >= 8;

    public string ComputeCapability => string.Create(CultureInfo.InvariantCulture, $"{ComputeMajor}.{ComputeMinor}");
}
