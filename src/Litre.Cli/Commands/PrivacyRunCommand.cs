using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Inference.Features;
using Litre.Privacy.Containment;
using Litre.Privacy.Reports;

namespace Litre.Cli.Commands;

/// <summary><c>litre privacy run -- COMMAND</c>: the same proof for a command of the user's own.</summary>
internal sealed class PrivacyRunCommand : Command
{
    private readonly Argument<string[]> _words = new("COMMAND")
    {
        Description = "The command with its arguments, after two dashes. The word litre stands for this program.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string[]> _allow = new("--allow")
    {
        Description = "Folders that the command may write to besides the current one. A file elsewhere is a finding.",
    };
    private readonly PrivacyOutput _output;

    public PrivacyRunCommand()
        : base("run", "Runs one command without a network, and reports what it asked for and which files it changed.")
    {
        Arguments.Add(_words);
        Options.Add(_allow);
        _output = new PrivacyOutput(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var words = parsed.GetValue(_words)!;
        var allowed = parsed.GetValue(_allow) ?? [];
        if (allowed.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing)
            throw new InputException($"--allow {missing}: no such folder; give a folder that exists");
        // The command itself handles a signal of the terminal, and its end is reported.
        using var stop = new StopSignal();
        var (report, page) = await PrivacyFolder.WriteAsync(_output.Folder(parsed), keepsWork: false, ProveAsync);
        return _output.Show(report, page, parsed);

        async Task<PrivacyReport> ProveAsync(string work)
        {
            Terminal.Status.Show("Trying what kind of proof this machine allows ...");
            var means = await PrivacyProof.FindAsync(work, stop.Token);
            Terminal.Status.Clear();
            string[] command = [.. words[0] == "litre" ? OwnProgram.Command : [words[0]], .. words[1..]];
            var result = await new Container(PrivacyProof.Entry, means).RunAsync(new ContainedCommand(command), CancellationToken.None);
            var record = new StepRecord(words[0], string.Join(' ', words.Select(CommandText.Quote)), result)
            {
                Note = result.ExitCode == 0 ? null : $"exit code {result.ExitCode}",
            };
            string[] expected = [Environment.CurrentDirectory, .. allowed, FeatureDiskSettings.DefaultFolder, StateFolder.Path];
            return PrivacyProof.Report(means, [record], expected);
        }
    }
}
