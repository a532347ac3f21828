using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Cli.FirstSteps;

/// <summary>The GPU and the libtorch of this machine, by the files of the driver and of libtorch: nothing is loaded.</summary>
/// <param name="Gpu">Its name; null where the driver shows none.</param>
/// <param name="Libtorch">The build that a command would load; null where there is none.</param>
internal sealed record MachineGlance(string? Gpu, LibtorchBuild? Libtorch)
{
    /// <summary>Looks at this machine.</summary>
    public static MachineGlance Take()
    {
        var gpu = FindGpu(HostEnvironment.Read(HostEnvironment.Machine) ?? "/");
        return new MachineGlance(gpu, LibtorchPlaces.FindFirst(gpu is not null));
    }

    // The driver lists its GPUs there, each with its model; under WSL it only brings its library along.
    private static string? FindGpu(string root)
    {
        var list = Path.Combine(root, "proc/driver/nvidia/gpus");
        if (Directory.Exists(list))
        {
            foreach (var folder in Directory.EnumerateDirectories(list).Order(StringComparer.Ordinal))
            {
                var file = Path.Combine(folder, "information");
                var line = File.Exists(file)
                    ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("Model:", StringComparison.Ordinal))
                    : null;
                return line?["Model:".Length..].Trim() is { Length: > 0 } name ? name : "NVIDIA GPU";
            }
        }
        return File.Exists(Path.Combine(root, "usr/lib/wsl/lib/libcuda.so.1")) ? "NVIDIA GPU (WSL)" : null;
    }
}
