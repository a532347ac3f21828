using System.CommandLine;
using System.Runtime.InteropServices;
using Litre.Cli.Errors;
using Litre.Core;
using Litre.Machine.Governing;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre governor</c>: watches the machine while a trainer runs. <c>litre tune</c> starts it; it never loads libtorch.
/// </summary>
internal sealed class GovernorCommand : Command
{
    /// <summary>Makes it silent, and ignore a Ctrl+C that is meant for the trainer.</summary>
    public const string ChildName = "--child";

    private const string OwnAdjustment = "-900"; // on a scale from -1000 to 1000: the kernel almost never kills such a process

    private readonly Option<string> _run = new("--run") { Description = "Folder of the run to watch.", Required = true };
    private readonly Option<int> _process = new("--pid") { Description = "Process ID of the trainer.", Required = true };
    private readonly Option<string?> _gpu = new("--gpu")
    {
        Description = "PCI address of the GPU, such as 0000:41:00.0. Default: the first GPU.",
    };
    private readonly Option<double> _interval = new("--interval")
    {
        Description = "Seconds between readings.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<bool> _child = new(ChildName) { Hidden = true };
    private readonly GovernorOptions _limits;

    public GovernorCommand()
        : base("governor", "Keeps a training run from exhausting or overheating the machine. `litre tune` starts it automatically.")
    {
        foreach (var option in (Option[])[_run, _process, _gpu, _interval, _child])
            Options.Add(option);
        _limits = new GovernorOptions(this);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var (folder, isChild, interval) = (parsed.GetValue(_run)!, parsed.GetValue(_child), parsed.GetValue(_interval));
        if (!Directory.Exists(folder))
            throw new InputException($"--run {folder}: no such folder; give the run folder of a running `litre tune`");
        if (interval is not (>= 0.05 and <= 60))
            throw new InputException("--interval: expected a number of seconds from 0.05 to 60");
        var trainer = new TrainerProcess(parsed.GetValue(_process));
        using var sources = MachineSources.Open(parsed.GetValue(_process), parsed.GetValue(_gpu));
        using var governor = new Governor(folder, trainer, sources, _limits.Settings(parsed), log: isChild ? null : Console.Out.WriteLine);
        ProtectItself();
        if (!isChild)
        {
            using var stop = new StopSignal();
            governor.Run(TimeSpan.FromSeconds(interval), stop.Token);
            return ExitCode.Success;
        }
        // Ctrl+C and a closed terminal signal the whole foreground group; the trainer still needs its governor while it saves.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        governor.Run(TimeSpan.FromSeconds(interval), CancellationToken.None);
        return ExitCode.Success;
    }

    private static void ProtectItself()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", OwnAdjustment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Needs root. The process is small, so the kernel rarely chooses it anyway.
        }
    }
}
