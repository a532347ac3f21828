using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre model</c>: which models there are, and how to get one.</summary>
internal sealed class ModelCommand : Command
{
    public ModelCommand()
        : base("model", "Lists published models with the memory that they need, and fetches one.")
    {
        Add(new ModelGetCommand());
        Add(new ModelListCommand());
    }
}
