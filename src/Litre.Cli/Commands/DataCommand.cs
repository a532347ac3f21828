using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre data</c>: shows data as training will see them.</summary>
internal sealed class DataCommand : Command
{
    public DataCommand()
        : base("data", "Checks a data set, shows it as training sees it, or generates one.")
    {
        Subcommands.Add(new DataCheckCommand());
        Subcommands.Add(new DataMakeCommand());
        Subcommands.Add(new DataPreviewCommand());
    }
}
