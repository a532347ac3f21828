using System.Runtime.InteropServices;
using Litre.Core.Files;
using Litre.Torch;

namespace Litre.Machine.Setup;

/// <summary>The properties of the machine that setup depends on, in one place so that a test can replace them. Immutable.</summary>
internal sealed record SetupMachine
{
    public required Architecture Architecture { get; init; }

    /// <summary>The newest CUDA version that the driver supports; null without a driver or without a device.</summary>
    public required Version? DriverCuda { get; init; }

    /// <summary>Why <see cref="DriverCuda"/> is null.</summary>
    public string DriverReason { get; init; } = "";

    /// <summary>Compute capability of the newest device; null without one.</summary>
    public Version? Compute { get; init; }

    /// <summary>Bytes that the user may still write below a folder; null if the system does not report it.</summary>
    public required Func<string, long?> FreeBytes { get; init; }

    /// <summary>The delay before the first retry after a broken connection; doubled for each later one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    public static SetupMachine Current() =>
        new()
        {
            Architecture = RuntimeInformation.ProcessArchitecture,
            DriverCuda = CudaDriver.CudaVersion is { } version ? Version.Parse(version) : null,
            DriverReason = CudaDriver.Reason,
            Compute = CudaDriver.Devices.Select(device => Version.Parse(device.ComputeCapability)).Max(),
            FreeBytes = Free,
        };

    private static long? Free(string folder)
    {
        try
        {
            return DiskSpace.FreeBytes(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
