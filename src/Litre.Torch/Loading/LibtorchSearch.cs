using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>Yields the places where libtorch may be, best first; later ones are not searched until the caller asks for them.</summary>
internal static class LibtorchSearch
{
    /// <summary>The environment variable with which a user names the folder.</summary>
    public const string Variable = HostEnvironment.Libtorch;

    private const string CpuPackage = "libtorch-cpu-linux-x64";

    public static IEnumerable<LibtorchCandidate> Candidates(LibtorchEnvironment environment)
    {
        if (environment.Variable(Variable) is { } named)
        {
            yield return new LibtorchCandidate(Variable, Path.GetFullPath(named)) { IsExplicit = true };
            yield break;
        }

        List<LibtorchCandidate> installed = [];
        if (environment.CudaDevices == 0)
        {
            yield return new LibtorchCandidate("CUDA PyTorch", null) { RejectionReason = "not searched: the NVIDIA driver reports no GPU" };
        }
        else
        {
            foreach (var candidate in Installed(environment))
            {
                installed.Add(candidate);
                yield return candidate with
                {
                    NeedsCuda = true,
                };
            }
        }

        foreach (var candidate in CpuPackages(environment))
            yield return candidate;
        // The last resort: any PyTorch, run on the CPU. On arm64 without CUDA there is nothing else.
        foreach (
            var candidate in environment.CudaDevices == 0 ? Installed(environment) : installed.Where(found => found.RejectionReason is null)
        )
            yield return candidate with
            {
                Source = candidate.Source + ", on the CPU",
                OnCpu = true,
            };
    }

    /// <summary>Installations on this machine: Litre's own first, then the active environments, then the one that Python reports.</summary>
    private static IEnumerable<LibtorchCandidate> Installed(LibtorchEnvironment environment)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in PythonPackages.Matching(Path.Combine(environment.Home, ".litre"), "libtorch*"))
        {
            if (seen.Add(folder))
                yield return new LibtorchCandidate("litre setup", folder);
        }

        foreach (var variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (environment.Variable(variable) is not { } prefix)
                continue;
            foreach (var folder in WithTorch(PythonPackages.InEnvironment(prefix)))
            {
                if (seen.Add(folder))
                    yield return new LibtorchCandidate(variable, folder);
            }
        }

        var (answer, reason) = environment.AskPython();
        if (answer is null)
            yield return new LibtorchCandidate("python3", null) { RejectionReason = reason };
        else if (seen.Add(answer))
            yield return new LibtorchCandidate("python3", answer);

        foreach (var folder in WithTorch(environment.PackageFolders()))
        {
            if (seen.Add(folder))
                yield return new LibtorchCandidate("Python packages", folder);
        }
    }

    private static IEnumerable<LibtorchCandidate> CpuPackages(LibtorchEnvironment environment)
    {
        yield return new LibtorchCandidate("next to the program", Path.Combine(environment.ProgramFolder, "libtorch"));
        if (environment.Architecture != Architecture.X64)
        {
            yield return new LibtorchCandidate("NuGet package", null)
            {
                RejectionReason = $"{CpuPackage} has no libraries for {environment.Architecture.ToString().ToLowerInvariant()}",
            };
            yield break;
        }
        string?[] roots =
        [
            environment.Variable("NUGET_PACKAGES"),
            environment.BuildPackageFolder,
            Path.Combine(environment.Home, ".nuget", "packages"),
        ];
        foreach (var root in roots.OfType<string>().Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator).Distinct())
        {
            var folder = Path.Combine(root, CpuPackage, environment.CpuPackageVersion, "runtimes", "linux-x64", "native");
            yield return new LibtorchCandidate("NuGet package", folder);
        }
    }

    private static IEnumerable<string> WithTorch(IEnumerable<string> packageFolders) =>
        packageFolders.Select(folder => Path.Combine(folder, "torch")).Where(Directory.Exists);
}

/// <summary>A place that may hold libtorch, in the order of preference.</summary>
/// <param name="Source">Why the place is considered.</param>
/// <param name="Place">The folder; null if there is none.</param>
internal sealed record LibtorchCandidate(string Source, string? Place)
{
    /// <summary>True if only a CUDA build with a GPU is acceptable here: a CPU build is searched for later, elsewhere.</summary>
    public bool NeedsCuda { get; init; }

    /// <summary>True if the user named the place: it must work.</summary>
    public bool IsExplicit { get; init; }

    /// <summary>True if the CUDA part of a build is not loaded: it was tried before, or there is no GPU.</summary>
    public bool OnCpu { get; init; }

    /// <summary>Why the place is rejected without a check; null otherwise.</summary>
    public string? RejectionReason { get; init; }
}
