using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre model</c>: lists models and downloads them.</summary>
internal sealed class ModelCommand : Command
{
    public ModelCommand()
        : base("model", "Lists published models with the memory they need, and downloads them.")
    {
        Add(new ModelGetCommand());
        Add(new ModelListCommand());
    }
}
