using System.Reflection;
using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>What the search for libtorch depends on, in one place so that a test can replace it.</summary>
internal sealed record LibtorchEnvironment
{
    public required Func<string, string?> Variable { get; init; }

    public required string Home { get; init; }

    /// <summary>The folder of the running program.</summary>
    public required string ProgramFolder { get; init; }

    /// <summary>Number of CUDA devices that the driver reports to this process.</summary>
    public required int CudaDevices { get; init; }

    public required Architecture Architecture { get; init; }

    /// <summary>Version of the NuGet package that this build was made with.</summary>
    public required string CpuPackageVersion { get; init; }

    /// <summary>NuGet's package folder at build time if the program was not published; otherwise null.</summary>
    public string? BuildPackageFolder { get; init; }

    /// <summary>Returns the folder of Python's <c>torch</c> package, or null with the reason why there is none.</summary>
    public required Func<(string? Folder, string Reason)> AskPython { get; init; }

    /// <summary>Folders that hold Python packages on common installations, most specific first.</summary>
    public required Func<IEnumerable<string>> PackageFolders { get; init; }

    /// <summary>This machine.</summary>
    /// <param name="cudaDevices">Number of CUDA devices, where the driver shall not be asked.</param>
    public static LibtorchEnvironment Current(int? cudaDevices = null)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new LibtorchEnvironment
        {
            Variable = HostEnvironment.Read,
            Home = home,
            ProgramFolder = AppContext.BaseDirectory,
            CudaDevices = cudaDevices ?? CudaDriver.DeviceCount,
            Architecture = RuntimeInformation.ProcessArchitecture,
            CpuPackageVersion = typeof(LibtorchEnvironment)
                .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .First(data => data.Key == "LibtorchCpuVersion")
                .Value!,
            BuildPackageFolder = AppContext.GetData("Litre.NuGetPackages") as string,
            AskPython = PythonPackages.QueryPython,
            PackageFolders = () => PythonPackages.CommonFolders(home),
        };
    }
}
