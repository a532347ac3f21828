using System.Globalization;
using Litre.Machine.Governing;

namespace Litre.Machine.Tests.Governing;

/// <summary>A folder whose files stand for a machine's /proc, /sys and sensors; removed at the end.</summary>
internal sealed class SimulatedMachine : IDisposable
{
    public const int Process = 4711;
    public const double TotalGiB = 100;
    private const string Group = "/user.slice/trainer";

    public string Root { get; } = Directory.CreateTempSubdirectory("litre-machine-").FullName;

    public void Memory(double availableGiB, double swapUsedGiB = 0) =>
        Write(
            "proc/meminfo",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                MemTotal:       {KiB(TotalGiB)} kB
                MemFree:        {KiB(availableGiB / 2)} kB
                MemAvailable:   {KiB(availableGiB)} kB
                Cached:         {KiB(3)} kB
                SwapTotal:      {KiB(16)} kB
                SwapFree:       {KiB(16 - swapUsedGiB)} kB

                """
            )
        );

    public void Pressure(double percent) =>
        Write(
            "proc/pressure/memory",
            string.Create(
                CultureInfo.InvariantCulture,
                $"some avg10={percent:0.00} avg60=1.00 avg300=0.50 total=123\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=1\n"
            )
        );

    public void Gpu(int celsius, bool throttle = false) =>
        Write("gpu", $"temperature_c {celsius}\nbusy_percent 97\nthermal_throttle {(throttle ? 1 : 0)}\n");

    public void Limit(double maximumGiB, double usedGiB, double fileGiB)
    {
        Write($"proc/{Process}/cgroup", $"0::{Group}\n");
        Write($"sys/fs/cgroup{Group}/memory.max", "max\n");
        Write("sys/fs/cgroup/user.slice/memory.max", $"{KiB(maximumGiB) * 1024}\n");
        Write("sys/fs/cgroup/user.slice/memory.current", $"{KiB(usedGiB) * 1024}\n");
        Write("sys/fs/cgroup/user.slice/memory.stat", $"anon 1\ninactive_file {KiB(fileGiB) * 1024}\nactive_file 0\n");
        Write("sys/fs/cgroup/user.slice/memory.pressure", "some avg10=7.50 avg60=0.00 avg300=0.00 total=0\n");
    }

    public void Write(string path, string text)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full + ".new", text);
        File.Move(full + ".new", full, overwrite: true);
    }

    public MachineSources Sources() => new(Root, Process, new FileSensor(Path.Combine(Root, "gpu")));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static long KiB(double gib) => (long)(gib * (1 << 20));
}
