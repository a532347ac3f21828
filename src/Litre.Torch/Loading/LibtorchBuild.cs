using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Torch.Loading;

/// <summary>A folder with libtorch's libraries, as far as its files describe them without loading.</summary>
public sealed partial record LibtorchBuild(string Folder, string? Version, bool HasCudaLibrary)
{
    public const string CpuLibrary = "libtorch_cpu.so";
    public const string CudaLibrary = "libtorch_cuda.so";

    /// <summary>The stable C interface (<c>torch_call_dispatcher</c> with a version) exists since this release.</summary>
    public static readonly Version Oldest = new(2, 10);

    /// <summary>True unless the folder names a version that is older than <see cref="Oldest"/>.</summary>
    public bool IsRecent => Version is null || Number(Version) is not { } number || number >= Oldest;

    /// <summary>Searches for the libraries in the folder itself, then where archives and Python packages keep them below it.</summary>
    public static LibtorchBuild? In(string place)
    {
        foreach (var below in (string[])["", "lib", "torch/lib", "libtorch/lib"])
        {
            var folder = Path.GetFullPath(Path.Combine(place, below));
            if (File.Exists(Path.Combine(folder, CpuLibrary)))
                return new LibtorchBuild(folder, ReadVersion(folder), File.Exists(Path.Combine(folder, CudaLibrary)));
        }
        return null;
    }

    /// <summary>Folders that may contain CUDA's own libraries as Python packages (<c>nvidia/*/lib</c>) for this build.</summary>
    public IEnumerable<string> CudaFolders()
    {
        foreach (var root in (string[])["../nvidia", "../../nvidia"])
        {
            foreach (var package in PythonPackages.Matching(Path.GetFullPath(Path.Combine(Folder, root)), "*"))
                yield return Path.Combine(package, "lib");
        }
    }

    /// <summary>Major and minor number of a version such as <c>2.11.0+cu130</c>; null if the text is not a version.</summary>
    public static Version? Number(string version)
    {
        var match = LeadingNumber().Match(version);
        return match.Success
            ? new Version(
                int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)
            )
            : null;
    }

    private static string? ReadVersion(string folder)
    {
        // Python's package has version.py next to lib/, the plain archive a file build-version.
        var python = Path.Combine(folder, "../version.py");
        if (File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match)
            return match.Groups[1].Value;
        var plain = Path.Combine(folder, "../build-version");
        return File.Exists(plain) ? File.ReadAllText(plain).Trim() : null;
    }

    [GeneratedRegex("""__version__\s*(?::[^=]*)?=\s*['"]([^'"]+)['"]""")]
    private static partial Regex PythonVersion();

    [GeneratedRegex("""^(\d{1,6})\.(\d{1,6})""")]
    private static partial Regex LeadingNumber();
}
