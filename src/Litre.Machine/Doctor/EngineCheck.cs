using Litre.Core;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Machine.Doctor;

/// <summary>Which libtorch was chosen and why, and whether it is complete.</summary>
public static class EngineCheck
{
    private const int NamedSymbols = 3;

    /// <param name="loaded">The loaded libtorch; null if none could be loaded.</param>
    /// <param name="attempts">Every place tried, in order.</param>
    /// <param name="missing">Functions that the library lacks.</param>
    /// <param name="devices">GPUs that the driver reports.</param>
    public static IReadOnlyList<Finding> Check(
        LibtorchInfo? loaded,
        IReadOnlyList<LoadAttempt> attempts,
        IReadOnlyList<string> missing,
        IReadOnlyList<CudaDeviceInfo> devices
    )
    {
        if (loaded is null)
            return [NoneLoads(attempts)];
        var found = new List<Finding>
        {
            Ok("libtorch", $"{loaded.Version} for {(loaded.HasCuda ? "CUDA and CPU" : "the CPU")}, interface {loaded.InterfaceVersion}"),
            Ok("chosen", $"{loaded.Reason} ({loaded.Source})"),
            Ok("folder", loaded.Folder),
        };
        if (missing.Count > 0)
        {
            var names =
                string.Join(", ", missing.Take(NamedSymbols))
                + (missing.Count > NamedSymbols ? $" and {missing.Count - NamedSymbols} more" : "");
            found[0] = Problem(
                $"{loaded.Version} lacks {names}: the library is damaged, or not one of PyTorch's own builds",
                Advice(loaded.Source)
            );
        }
        else if (devices.Count > 0 && !loaded.HasCuda)
        {
            var why = attempts.Where(a => !a.Taken).Select(a => $"{a.Source}: {a.Outcome}").FirstOrDefault();
            found[0] = Problem(
                $"{loaded.Version} for the CPU, although there is a GPU{(why is null ? "" : $" ({why})")}",
                Advice(loaded.Source)
            );
        }
        return found;
    }

    private static Finding NoneLoads(IReadOnlyList<LoadAttempt> attempts)
    {
        var last = attempts.Count > 0 ? attempts[^1] : null;
        return last is { Source: HostEnvironment.Libtorch }
            ? Problem($"{last.Place}: {last.Outcome}", Advice(HostEnvironment.Libtorch))
            : Problem($"no libtorch in {attempts.Count} places loads; `litre doctor` with `libtorch` lists them", Advice(""));
    }

    private static string Advice(string source) =>
        source == HostEnvironment.Libtorch
            ? $"unset {HostEnvironment.Libtorch} and run `litre setup`, or point it to a folder with libtorch_cpu.so "
                + $"{LibtorchInfo.OldestVersion} or newer"
            : $"run `litre setup`, or set {HostEnvironment.Libtorch} to a folder with libtorch_cpu.so "
                + $"{LibtorchInfo.OldestVersion} or newer";

    private static Finding Ok(string name, string evidence) => new(FindingGroup.Engine, name, FindingLevel.Ok, evidence);

    private static Finding Problem(string evidence, string advice) =>
        new(FindingGroup.Engine, "libtorch", FindingLevel.Problem, evidence, advice);
}
