using System.Globalization;
using Litre.Core;

namespace Litre.Machine.Governing;

/// <summary>
/// Reads memory, swap and pressure from the kernel's files, and the GPU from its sensor. A control group (version 2) with a
/// memory limit counts as the machine: the group or the machine applies, whichever has less memory left. What cannot be read is null.
/// </summary>
public sealed class MachineSources : IDisposable
{
    private readonly string _root;
    private readonly int _process;
    private readonly IGpuSensor? _gpu;

    /// <param name="root">The folder that contains <c>proc</c> and <c>sys</c>: <c>/</c> on a real machine.</param>
    /// <param name="process">The process whose control group and resident memory are read.</param>
    /// <param name="gpu">Disposed with this; null without one.</param>
    public MachineSources(string root, int process, IGpuSensor? gpu) => (_root, _process, _gpu) = (root, process, gpu);

    /// <summary>The machine, or the simulated one that <see cref="HostEnvironment.Machine"/> names.</summary>
    /// <param name="process">The process whose control group and resident memory are read.</param>
    /// <param name="pciBusId">The PCI address of the GPU; null for the first.</param>
    public static MachineSources Open(int process, string? pciBusId = null) =>
        HostEnvironment.Read(HostEnvironment.Machine) is { } root
            ? new MachineSources(root, process, File.Exists(Path.Combine(root, "gpu")) ? new FileSensor(Path.Combine(root, "gpu")) : null)
            : new MachineSources("/", process, NvmlSensor.Open(pciBusId));

    /// <summary>Takes one reading; needs well below a millisecond, apart from the GPU's driver.</summary>
    public GovernorReading Read()
    {
        var memory = Table(Path.Combine(_root, "proc/meminfo"));
        var (total, available, cache) = (Bytes(memory, "MemTotal"), Bytes(memory, "MemAvailable"), Bytes(memory, "Cached"));
        var pressure = Pressure(Path.Combine(_root, "proc/pressure/memory"));
        foreach (var group in Groups())
        {
            if (Number(Path.Combine(group, "memory.max")) is not { } limit || Number(Path.Combine(group, "memory.current")) is not { } used)
                continue;
            var statistics = Table(Path.Combine(group, "memory.stat"));
            var files = statistics.GetValueOrDefault("inactive_file") + statistics.GetValueOrDefault("active_file");
            var room = Math.Clamp(limit - used + files, 0, limit);
            if (available is { } least && room >= least)
                continue;
            (total, available, cache) = (Math.Min(limit, total ?? limit), room, files);
            pressure = Pressure(Path.Combine(group, "memory.pressure")) ?? pressure;
        }
        var swap = Bytes(memory, "SwapTotal") - Bytes(memory, "SwapFree");
        return new GovernorReading(total, available, cache, swap, pressure, ResidentBytes(_process), _gpu?.Read());
    }

    /// <summary>Resident memory of a process; null if it has exited.</summary>
    public long? ResidentBytes(int process) => Bytes(Table(Path.Combine(_root, $"proc/{process}/status")), "VmRSS");

    /// <summary>Device memory of each process; empty if it is unknown.</summary>
    public IReadOnlyDictionary<int, long> DeviceBytes() => _gpu?.ProcessBytes() ?? new Dictionary<int, long>();

    public void Dispose() => _gpu?.Dispose();

    /// <summary>The lines of a small file; none if it cannot be read.</summary>
    internal static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // The process's group and those above it: each may have a limit.
    private IEnumerable<string> Groups()
    {
        var line = Lines(Path.Combine(_root, $"proc/{_process}/cgroup"))
            .FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal));
        if (line is null)
            yield break;
        var mount = Path.Combine(_root, "sys/fs/cgroup");
        for (var path = line[4..]; path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
            yield return Path.Combine(mount, path);
        // A container sees its own group as the root.
        yield return mount;
    }

    // "max" is not a number, and so there is no limit.
    private static long? Number(string path) =>
        Lines(path) is [var text, ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    // Lines such as "MemTotal:  24576 kB" and "inactive_file 4096".
    private static Dictionary<string, long> Table(string path)
    {
        var table = new Dictionary<string, long>();
        foreach (var line in Lines(path))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                table[words[0].TrimEnd(':')] = words is [_, _, "kB"] ? value * 1024 : value;
        }
        return table;
    }

    private static long? Bytes(Dictionary<string, long> table, string key) => table.TryGetValue(key, out var value) ? value : null;

    // some avg10=1.23 avg60=0.50 avg300=0.10 total=12345
    private static double? Pressure(string path)
    {
        const string Key = "avg10=";
        var line = Lines(path).FirstOrDefault(l => l.StartsWith("some ", StringComparison.Ordinal));
        var word = line?.Split(' ').FirstOrDefault(w => w.StartsWith(Key, StringComparison.Ordinal));
        return double.TryParse(word?[Key.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) ? percent : null;
    }
}
