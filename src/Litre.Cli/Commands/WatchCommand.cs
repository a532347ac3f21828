using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Machine.Governing;
using Litre.Training.Telemetry;

namespace Litre.Cli.Commands;

/// <summary><c>litre watch</c>: memory, GPU and runs, redrawn every second.</summary>
internal sealed class WatchCommand : Command
{
    private const string RunsFolder = "runs"; // where tune creates runs without an --output
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyInterval = TimeSpan.FromSeconds(0.1);

    private readonly Option<string[]> _runs = new("--run")
    {
        Description = "A run folder, or a folder of runs; can be repeated. Default: runs.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<bool> _once = new("--once")
    {
        Description = "Print one snapshot and exit, as when the output is not a terminal.",
    };

    public WatchCommand()
        : base("watch", "Shows memory, the GPU and the runs, updated every second; q or Ctrl+C quits.")
    {
        Options.Add(_runs);
        Options.Add(_once);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folders = parsed.GetValue(_runs) is { Length: > 0 } given ? given : [];
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
                throw new InputException($"--run {folder}: no such folder; give a run folder or a folder of runs");
        }
        using var sources = MachineSources.Open(Environment.ProcessId);
        var console = Terminal.Output;
        if (parsed.GetValue(_once) || Console.IsOutputRedirected || !console.Profile.Capabilities.Ansi)
        {
            // A file has no width; the view needs that of a terminal.
            var width = Console.IsOutputRedirected ? 120 : console.Profile.Width - 1;
            foreach (var line in CreateView(sources, folders).Lines(width, console.Profile.Capabilities.Unicode))
                Console.Out.WriteLine(string.Concat(line.Select(part => part.Text)));
            return ExitCode.Success;
        }
        using var stop = new StopSignal();
        var block = new LiveBlock(console);
        do
        {
            block.Draw(CreateView(sources, folders).Lines(block.Width, console.Profile.Capabilities.Unicode, block.Height, "q quits"));
        } while (!ShouldQuit(stop.Token));
        return ExitCode.Success;
    }

    private static WatchView CreateView(MachineSources sources, string[] folders)
    {
        var now = DateTimeOffset.UtcNow;
        var runs = (folders.Length > 0 ? folders : [RunsFolder])
            .SelectMany(f => File.Exists(Path.Combine(f, MetricsLog.FileName)) ? [f] : RunSnapshot.Find(f))
            .Distinct()
            .Select(f => RunSnapshot.Read(f, now))
            .ToList();
        var reading = sources.Read();
        var onDevice = sources.DeviceBytes();
        var processes = runs.Where(r => r.Process is not null).Select(r => r.Process!.Value).Distinct().ToList();
        var device = processes.Sum(p => onDevice.GetValueOrDefault(p));
        var resident = processes.Sum(p => sources.ResidentBytes(p) ?? 0);
        return new WatchView(reading, runs, reading.IsUnified ? resident + device : resident, device);
    }

    // True for q, or a stop signal, within a second.
    private static bool ShouldQuit(CancellationToken stop)
    {
        for (var waited = TimeSpan.Zero; waited < Interval; waited += KeyInterval)
        {
            if (stop.WaitHandle.WaitOne(KeyInterval))
                return true;
            while (!Console.IsInputRedirected && Console.KeyAvailable)
            {
                if (Console.ReadKey(intercept: true).Key is ConsoleKey.Q or ConsoleKey.Escape)
                    return true;
            }
        }
        return false;
    }
}
