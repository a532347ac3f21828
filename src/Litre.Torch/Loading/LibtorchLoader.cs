using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>Decides which libtorch to load, loads it and keeps the reasons.</summary>
internal static unsafe class LibtorchLoader
{
    private const string Dispatcher = "torch_call_dispatcher";
    private const string AbiVersion = "aoti_torch_abi_version";

    /// <param name="environment">The machine to search.</param>
    /// <param name="attempts">Receives every place tried, even if the search fails.</param>
    /// <exception cref="InputException">There is no usable libtorch in any place.</exception>
    public static LibtorchInfo Load(LibtorchEnvironment environment, List<LoadAttempt> attempts)
    {
        if (!OperatingSystem.IsLinux())
            throw new InputException($"libtorch: {RuntimeInformation.OSDescription} is not supported; expected Linux on x64 or arm64");

        ThreadWaitPolicy.Apply(environment.Variable);
        foreach (var candidate in LibtorchSearch.Candidates(environment))
        {
            var build = candidate.Place is null ? null : LibtorchBuild.In(candidate.Place);
            var useCuda = build is { HasCudaLibrary: true } && !candidate.OnCpu && environment.CudaDevices > 0;
            var refusal = GetRejectionReason(candidate, build, useCuda);
            if (refusal is null && Open(build!, useCuda, out refusal) is { } opened)
            {
                var outcome = $"{(useCuda ? "CUDA" : "CPU")}, version {opened.Version}";
                attempts.Add(new LoadAttempt(candidate.Source, opened.Folder, outcome, Taken: true));
                return opened with { Source = candidate.Source, Attempts = attempts.AsReadOnly() };
            }

            var place = build?.Folder ?? candidate.Place ?? "";
            attempts.Add(new LoadAttempt(candidate.Source, place, refusal!));
            if (candidate.IsExplicit)
                throw new InputException(
                    $"{candidate.Source}={place}: {refusal}; point it to a folder with {LibtorchBuild.CpuLibrary} "
                        + $"{LibtorchBuild.Oldest} or newer, or unset it and run `litre setup`"
                );
        }

        var tried = string.Join(
            "; ",
            attempts.Select(attempt =>
                attempt.Place.Length > 0 ? $"{attempt.Source} {attempt.Place}: {attempt.Outcome}" : $"{attempt.Source}: {attempt.Outcome}"
            )
        );
        throw new InputException(
            $"no usable libtorch {LibtorchBuild.Oldest} or newer; run `litre setup`, or set {LibtorchSearch.Variable} "
                + $"to a folder with {LibtorchBuild.CpuLibrary}; tried {tried}"
        );
    }

    /// <summary>Why a place is rejected before anything of it is loaded; null if it may be loaded.</summary>
    internal static string? GetRejectionReason(LibtorchCandidate candidate, LibtorchBuild? build, bool useCuda)
    {
        if (candidate.RejectionReason is not null)
            return candidate.RejectionReason;
        if (build is null)
            return Directory.Exists(candidate.Place) ? $"no {LibtorchBuild.CpuLibrary} there" : "no such folder";
        if (!build.IsRecent)
            return $"version {build.Version} is older than {LibtorchBuild.Oldest}";
        if (candidate.NeedsCuda && !build.HasCudaLibrary)
            return $"no {LibtorchBuild.CudaLibrary}: a CPU build, but there is a GPU";
        return candidate.NeedsCuda && !useCuda ? "a CUDA build, but there is no GPU" : null;
    }

    /// <summary>Loads one build. On failure everything it loaded is closed again, so that another can be tried.</summary>
    private static LibtorchInfo? Open(LibtorchBuild build, bool useCuda, out string? refusal)
    {
        using var libraries = new LibrarySet([build.Folder, .. build.CudaFolders()]);
        // The CUDA library first: it loads the CPU library, and a failure leaves neither loaded.
        nint cuda = 0;
        if (useCuda && (cuda = libraries.Open(Path.Combine(build.Folder, LibtorchBuild.CudaLibrary), out refusal)) == 0)
            return null;
        var cpu = libraries.Open(Path.Combine(build.Folder, LibtorchBuild.CpuLibrary), out refusal);
        if (cpu == 0)
            return null;

        if (!NativeLibrary.TryGetExport(cpu, Dispatcher, out _) || !NativeLibrary.TryGetExport(cpu, AbiVersion, out var getVersion))
        {
            refusal = $"{LibtorchBuild.CpuLibrary} does not export {Dispatcher} and {AbiVersion}: older than {LibtorchBuild.Oldest}";
            return null;
        }
        var abi = ((delegate* unmanaged<ulong>)getVersion)();
        var number = new Version((int)(abi >> 56), (int)(abi >> 48 & 0xff), (int)(abi >> 40 & 0xff));
        if (number < LibtorchBuild.Oldest)
        {
            refusal = $"its interface is version {number}, older than {LibtorchBuild.Oldest}";
            return null;
        }
        libraries.Keep();
        return new LibtorchInfo
        {
            CpuHandle = cpu,
            CudaHandle = cuda,
            Version = build.Version ?? number.ToString(),
            AbiVersion = abi,
            Folder = build.Folder,
            Source = "",
            Attempts = [],
        };
    }
}
