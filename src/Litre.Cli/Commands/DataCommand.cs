using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre data</c>: what training will see, before it sees it.</summary>
internal sealed class DataCommand : Command
{
    public DataCommand()
        : base("data", "Checks a data set, and shows it as training sees it.")
    {
        Subcommands.Add(new DataCheckCommand());
        Subcommands.Add(new DataMakeCommand());
        Subcommands.Add(new DataPreviewCommand());
    }
}
