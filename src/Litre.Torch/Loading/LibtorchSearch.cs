using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>Names the places where libtorch may be, best first, looking no further than the caller asks.</summary>
internal static class LibtorchSearch
{
    /// <summary>The environment variable with which a user names the folder.</summary>
    public const string Variable = HostEnvironment.Libtorch;

    private const string CpuPackage = "libtorch-cpu-linux-x64";

    public static IEnumerable<LibtorchCandidate> Candidates(Surroundings surroundings)
    {
        if (surroundings.Variable(Variable) is { } named)
        {
            yield return new LibtorchCandidate(Variable, Path.GetFullPath(named)) { IsOrder = true };
            yield break;
        }

        List<LibtorchCandidate> installed = [];
        if (surroundings.CudaDevices == 0)
        {
            yield return new LibtorchCandidate("CUDA PyTorch", null) { Refusal = "not looked for: the NVIDIA driver shows no GPU" };
        }
        else
        {
            foreach (var candidate in Installed(surroundings))
            {
                installed.Add(candidate);
                yield return candidate with
                {
                    NeedsCuda = true,
                };
            }
        }

        foreach (var candidate in CpuPackages(surroundings))
            yield return candidate;
        // The last resort: any PyTorch, run on the CPU. It is all there is on arm64 without CUDA.
        foreach (var candidate in surroundings.CudaDevices == 0 ? Installed(surroundings) : installed.Where(found => found.Refusal is null))
            yield return candidate with
            {
                Source = candidate.Source + ", on the CPU",
                OnCpu = true,
            };
    }

    /// <summary>Installations on this machine: ours first, then the environments in use, then what Python itself says.</summary>
    private static IEnumerable<LibtorchCandidate> Installed(Surroundings surroundings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in PythonPackages.Matching(Path.Combine(surroundings.Home, ".litre"), "libtorch*"))
        {
            if (seen.Add(folder))
                yield return new LibtorchCandidate("litre setup", folder);
        }

        foreach (var variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (surroundings.Variable(variable) is not { } environment)
                continue;
            foreach (var folder in WithTorch(PythonPackages.InEnvironment(environment)))
            {
                if (seen.Add(folder))
                    yield return new LibtorchCandidate(variable, folder);
            }
        }

        var (answer, reason) = surroundings.AskPython();
        if (answer is null)
            yield return new LibtorchCandidate("python3", null) { Refusal = reason };
        else if (seen.Add(answer))
            yield return new LibtorchCandidate("python3", answer);

        foreach (var folder in WithTorch(surroundings.PackageFolders()))
        {
            if (seen.Add(folder))
                yield return new LibtorchCandidate("Python packages", folder);
        }
    }

    private static IEnumerable<LibtorchCandidate> CpuPackages(Surroundings surroundings)
    {
        yield return new LibtorchCandidate("beside the program", Path.Combine(surroundings.ProgramFolder, "libtorch"));
        if (surroundings.Architecture != Architecture.X64)
        {
            yield return new LibtorchCandidate("NuGet package", null)
            {
                Refusal = $"{CpuPackage} has no libraries for {surroundings.Architecture.ToString().ToLowerInvariant()}",
            };
            yield break;
        }
        string?[] roots =
        [
            surroundings.Variable("NUGET_PACKAGES"),
            surroundings.BuildPackageFolder,
            Path.Combine(surroundings.Home, ".nuget", "packages"),
        ];
        foreach (var root in roots.OfType<string>().Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator).Distinct())
        {
            var folder = Path.Combine(root, CpuPackage, surroundings.CpuPackageVersion, "runtimes", "linux-x64", "native");
            yield return new LibtorchCandidate("NuGet package", folder);
        }
    }

    private static IEnumerable<string> WithTorch(IEnumerable<string> packageFolders) =>
        packageFolders.Select(folder => Path.Combine(folder, "torch")).Where(Directory.Exists);
}

/// <summary>A place that may hold libtorch, in the order of preference.</summary>
/// <param name="Source">Why the place is considered.</param>
/// <param name="Place">The folder; null where there is none to name.</param>
internal sealed record LibtorchCandidate(string Source, string? Place)
{
    /// <summary>True where only a CUDA build with a GPU will do: a CPU build is looked for later, elsewhere.</summary>
    public bool NeedsCuda { get; init; }

    /// <summary>True where the user named the place: it works, or it is an error.</summary>
    public bool IsOrder { get; init; }

    /// <summary>True where the CUDA part of a build is left alone: it was tried before, or no GPU is there.</summary>
    public bool OnCpu { get; init; }

    /// <summary>Why the place is passed over without a look; null otherwise.</summary>
    public string? Refusal { get; init; }
}
