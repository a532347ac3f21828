using System.CommandLine;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter add</c>: registers the adapter of a folder.</summary>
internal sealed class AdapterAddCommand : Command
{
    private readonly Argument<string> _folder = new("FOLDER")
    {
        Description = "The folder of a PEFT adapter, or of a run (its best adapter).",
    };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "The adapter's name. Default: the folder's, without the time of a run.",
    };
    private readonly Option<string?> _note = new("--note") { Description = "A remark." };
    private readonly Option<bool> _copy = new("--copy")
    {
        Description = "Copy the files into the library. Without it, the entry refers to the folder, until the version gets a tag.",
    };

    public AdapterAddCommand()
        : base("add", "Registers an adapter that no run of this user registered. litre tune registers each run's best adapter itself.")
    {
        Arguments.Add(_folder);
        foreach (var option in (Option[])[_name, _note, _copy])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var entry = LibraryArguments
            .Open()
            .Add(parsed.GetValue(_folder)!, parsed.GetValue(_name), parsed.GetValue(_note), parsed.GetValue(_copy));
        Console.Out.WriteLine($"{entry.Id}: registered, {(entry.IsCopy ? "copied to" : "in")} {entry.Folder}");
        return ExitCode.Success;
    }
}
