using System.CommandLine;
using System.Globalization;
using Litre.Cli.Rendering;
using Litre.Cli.Serving;
using Litre.Core;
using Litre.Privacy.Containment;
using Litre.Privacy.Reports;

namespace Litre.Cli.Commands;

/// <summary><c>litre privacy</c>: proves on this machine that nothing leaves it.</summary>
internal sealed class PrivacyCommand : Command
{
    private const string NoServer =
        "litre-server is not installed; unpack litre-studio-VERSION-linux-ARCH.tar.xz of the same release (docs/release.md)";

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Only these steps: check, tune, eval, ask or serve. Data are generated in any case.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _device = new("--device")
    {
        Description = "Device: cpu, cuda or cuda:N. Default: cuda if available, else cpu.",
    };
    private readonly Option<bool> _keep = new("--keep")
    {
        Description = "Keep the data, the run and the output of the commands in the folder of the report.",
    };
    private readonly PrivacyOutput _output;

    public PrivacyCommand()
        : base("privacy", "Proves on this machine that nothing leaves it: runs Litre without a network and traces its system calls.")
    {
        _only.TakesOneOf([.. PrivacySteps.Names]);
        foreach (var option in (Option[])[_only, _device, _keep])
            Options.Add(option);
        _output = new PrivacyOutput(this);
        Subcommands.Add(new PrivacyRunCommand());
        Subcommands.Add(new PrivacyEntryCommand());
        Subcommands.Add(new PrivacyPlantCommand());
        Subcommands.Add(new PrivacyServerCommand());
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        const string Model = "assets/litre-nano";
        var model =
            ProgramFolders.FindModel()
            ?? throw new InputException($"{Model}: not found next to the program; unpack the archive of the release again, or use a clone");
        if (parsed.GetValue(_only)?.Contains("serve") == true && ProgramFolders.FindServer() is null)
            throw new InputException($"--only serve: {NoServer}");
        using var stop = new StopSignal("stopping");
        var report = await PrivacyFolder.WriteAsync(
            _output.Folder(parsed),
            parsed.GetValue(_keep),
            folder => ProveAsync(folder, model, parsed, stop.Token)
        );
        return _output.Show(report.Report, report.Page, parsed);
    }

    private async Task<PrivacyReport> ProveAsync(string work, string model, ParseResult parsed, CancellationToken cancel)
    {
        Terminal.Status.Show("Trying what kind of proof this machine allows ...");
        var means = await PrivacyProof.FindAsync(work, cancel);
        var container = new Container(PrivacyProof.Entry, means);
        var steps = new PrivacySteps(model, work, parsed.GetValue(_device));
        var records = new List<StepRecord>();
        var chosen = parsed.GetValue(_only) is { Length: > 0 } only ? PrivacySteps.Names.Where(only.Contains) : PrivacySteps.Names;
        foreach (var name in chosen.Prepend("make"))
            records.Add(await StepAsync(container, steps, name, work, cancel));
        Terminal.Status.Clear();
        return PrivacyProof.Report(means, records, [work]);
    }

    private static async Task<StepRecord> StepAsync(
        Container container,
        PrivacySteps steps,
        string name,
        string work,
        CancellationToken cancel
    )
    {
        if (name == "serve" && ProgramFolders.FindServer() is null)
            return new StepRecord(name, steps.Text(name), null) { Note = NoServer };
        Terminal.Status.Show(string.Create(CultureInfo.InvariantCulture, $"Running litre {name} without a network ..."));
        var output = Path.Combine(work, name + ".txt");
        var result = await container.RunAsync(steps.Command(name, output), cancel);
        return new StepRecord(name, steps.Text(name), result)
        {
            Note = result.ExitCode == 0 ? null : $"exit code {result.ExitCode}: {PrivacyProof.LastLine(output)}",
        };
    }
}
