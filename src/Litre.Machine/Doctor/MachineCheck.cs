using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Machine.Governing;

namespace Litre.Machine.Doctor;

/// <summary>System, processor, memory, driver and GPUs.</summary>
public static class MachineCheck
{
    private const double GiB = 1L << 30;
    private const int OldestCompute = 75; // Turing, the oldest that PyTorch's builds for CUDA 12.8 and later support
    private const int Bfloat16Compute = 80; // Ampere, the first whose tensor cores support bfloat16

    /// <param name="root">The folder that contains <c>proc</c> and <c>sys</c>: <c>/</c> on a real machine.</param>
    /// <param name="reading">The reading of memory.</param>
    /// <param name="gpus">What the driver reports.</param>
    public static IReadOnlyList<Finding> Check(string root, GovernorReading reading, GpuState gpus) =>
        [Platform(root), Processor(root), Memory(reading), .. Gpus(gpus)];

    private static Finding Platform(string root)
    {
        var (system, architecture) = (RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture);
        var seen =
            $"{system}, {architecture.ToString().ToLowerInvariant()}, kernel "
            + $"{MachineSources.Lines(Path.Combine(root, "proc/sys/kernel/osrelease")).FirstOrDefault() ?? "unknown"}, "
            + $".NET {Environment.Version}";
        return OperatingSystem.IsLinux() && architecture is Architecture.X64 or Architecture.Arm64
            ? Ok("system", seen)
            : new Finding(
                FindingGroup.Machine,
                "system",
                FindingLevel.Problem,
                seen,
                "use Linux on x64 or arm64: libtorch loads only there"
            );
    }

    private static Finding Processor(string root)
    {
        var lines = MachineSources.Lines(Path.Combine(root, "proc/cpuinfo"));
        // arm64 kernels name processor parts by number; the board's name is more informative.
        var name = Value(lines, "model name") ?? Board(root) ?? "unnamed";
        return Ok("processor", string.Create(CultureInfo.InvariantCulture, $"{name}, {Environment.ProcessorCount} cores for this process"));
    }

    private static Finding Memory(GovernorReading reading) =>
        reading is { TotalBytes: { } total, AvailableBytes: { } available }
            ? Ok("memory", string.Create(CultureInfo.InvariantCulture, $"{total / GiB:0.0} GiB, {available / GiB:0.0} available"))
            : new Finding(
                FindingGroup.Machine,
                "memory",
                FindingLevel.Note,
                "the kernel does not report how much there is",
                "give a plan the size: `memory 16GiB`"
            );

    private static IEnumerable<Finding> Gpus(GpuState gpus)
    {
        yield return gpus.DriverCuda is { } cuda
            ? Ok("driver", $"supports CUDA up to {cuda}")
            : new Finding(
                FindingGroup.Machine,
                "GPU",
                FindingLevel.Note,
                $"none: {gpus.Reason}",
                "small models train on the CPU; if a GPU is built in, install NVIDIA's driver, then run `litre setup`"
            );
        foreach (var device in gpus.Devices)
        {
            var memory = device.IsIntegrated ? "shared with the machine" : "of its own";
            var free = gpus.FreeBytes(device) is { } bytes
                ? string.Create(CultureInfo.InvariantCulture, $"{bytes / GiB:0.0} free")
                : "free memory unknown";
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{device.Name}, compute {device.ComputeCapability}, {device.Multiprocessors} multiprocessors, "
                    + $"{device.TotalBytes / GiB:0.0} GiB {memory}, {free}"
            );
            var compute = device.ComputeMajor * 10 + device.ComputeMinor;
            yield return compute switch
            {
                < OldestCompute => new Finding(
                    FindingGroup.Machine,
                    $"cuda:{device.Index}",
                    FindingLevel.Problem,
                    seen,
                    "this GPU is older than current builds support (compute 7.5): use `device cpu`, or another GPU"
                ),
                < Bfloat16Compute => new Finding(
                    FindingGroup.Machine,
                    $"cuda:{device.Index}",
                    FindingLevel.Note,
                    seen,
                    "its tensor cores do not support bfloat16 (compute 8.0 and newer do): runs are slow"
                ),
                _ => Ok($"cuda:{device.Index}", seen),
            };
        }
    }

    private static string? Board(string root) =>
        MachineSources.Lines(Path.Combine(root, "sys/class/dmi/id/product_name")).FirstOrDefault(line => line.Trim().Length > 0)?.Trim();

    // A line such as "model name	: AMD EPYC".
    private static string? Value(string[] lines, string key) =>
        lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2) is [_, var value]
        && value.Trim() is { Length: > 0 } text
            ? text
            : null;

    private static Finding Ok(string name, string evidence) => new(FindingGroup.Machine, name, FindingLevel.Ok, evidence);
}
