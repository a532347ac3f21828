using System.CommandLine;
using System.Runtime.InteropServices;
using Litre.Cli.Errors;
using Litre.Core;
using Litre.Machine.Governing;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre governor</c>: watches the machine beside a trainer. <c>litre tune</c> starts it; libtorch is never loaded here.
/// </summary>
internal sealed class GovernorCommand : Command
{
    /// <summary>Without a word on the terminal, and deaf to a Ctrl+C that is meant for the trainer.</summary>
    public const string ChildName = "--child";

    private const string OwnAdjustment = "-900"; // of -1000 to 1000: almost never the one that the kernel kills

    private readonly Option<string> _run = new("--run") { Description = "The trainer's run folder.", Required = true };
    private readonly Option<int> _process = new("--pid") { Description = "The trainer's process.", Required = true };
    private readonly Option<string?> _gpu = new("--gpu")
    {
        Description = "PCI address of the GPU, such as 0000:41:00.0. Default: the first.",
    };
    private readonly Option<double> _interval = new("--interval")
    {
        Description = "Seconds between readings.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<bool> _child = new(ChildName) { Hidden = true };
    private readonly GovernorOptions _limits;

    public GovernorCommand()
        : base("governor", "Keeps a training run from exhausting or overheating the machine. `litre tune` starts one.")
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
            throw new InputException($"--run {folder}: no such folder; give the run folder of a running tune");
        if (interval is not (>= 0.05 and <= 60))
            throw new InputException("--interval: expected seconds from 0.05 to 60");
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
        // Ctrl+C and a closed terminal reach the whole foreground group; the trainer still needs its governor while it saves.
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
            // Only the administrator may; it is small, and so seldom the one that the kernel picks.
        }
    }
}
