using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>
/// The builds of PyTorch that a driver supports. A build has a name such as <c>cu130</c>, which is also its folder in the index.
/// </summary>
internal static partial class CudaBuild
{
    /// <summary>The build without CUDA.</summary>
    public const string Cpu = "cpu";

    private const int OldestMajor = 12; // required by every CUDA build of 2.10 and later

    private static readonly Version Turing = new(7, 5); // the oldest capability with kernels in builds of CUDA 12.8 and later
    private static readonly Version Blackwell = new(12, 0); // has kernels since CUDA 12.8

    /// <summary>The CUDA version in a build's name; null for the CPU build and for a text that is not a build's name.</summary>
    public static Version? Version(string build)
    {
        var match = Name().Match(build);
        return match.Success
            ? new Version(
                int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)
            )
            : null;
    }

    /// <summary>
    /// Builds to search for, best first, in two groups: those of the driver's version and older, then newer ones of its major
    /// number, which run by CUDA's minor version compatibility (CUDA Compatibility, chapter 2) but cannot compile for the device.
    /// </summary>
    /// <exception cref="InputException">The driver or the device is older than any build.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> For(SetupMachine machine)
    {
        if (machine.DriverCuda is not { } driver)
            throw new InputException(
                $"setup: {machine.DriverReason}; install NVIDIA's driver first, give `cpu` for a build without CUDA, "
                    + "or name a build, for example `cuda cu130`, to prepare for another machine"
            );
        if (driver.Major < OldestMajor)
            throw new InputException(
                $"setup: the NVIDIA driver supports CUDA {driver}, and every build since 2.10 needs {OldestMajor} or "
                    + "newer; update the driver, or give `cpu`"
            );

        var older = Minors(driver.Major, driver.Minor, 0).ToList();
        for (var major = driver.Major - 1; major >= OldestMajor; major--)
            older.AddRange(Minors(major, 9, 0));
        var newer = Enumerable.Range(driver.Minor + 1, 9 - Math.Min(driver.Minor, 9)).Select(minor => Build(driver.Major, minor));
        return
        [
            [.. older.Where(build => HasKernels(build, machine.Compute))],
            [.. newer.Where(build => HasKernels(build, machine.Compute))],
        ];
    }

    private static bool HasKernels(string build, Version? compute)
    {
        var version = Version(build)!;
        // No build of 2.10 or later supports CUDA older than 12.6.
        if (version < new Version(12, 6))
            return false;
        if (compute is null)
            return true;
        return compute < Turing ? version < new Version(12, 8) : compute < Blackwell || version >= new Version(12, 8);
    }

    private static IEnumerable<string> Minors(int major, int from, int to)
    {
        for (var minor = from; minor >= to; minor--)
            yield return Build(major, minor);
    }

    private static string Build(int major, int minor) => string.Create(CultureInfo.InvariantCulture, $"cu{major}{minor}");

    [GeneratedRegex("""^cu(\d{2})(\d)$""")]
    private static partial Regex Name();
}
