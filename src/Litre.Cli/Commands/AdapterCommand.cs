using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter</c>: the library of adapters.</summary>
internal sealed class AdapterCommand : Command
{
    public AdapterCommand()
        : base("adapter", "Manages the adapter library: versions, tags, comparison and merging of adapters.")
    {
        Add(new AdapterAddCommand());
        Add(new AdapterDiffCommand());
        Add(new AdapterListCommand());
        Add(new AdapterMergeCommand());
        Add(new AdapterRemoveCommand());
        Add(new AdapterShowCommand());
        Add(new AdapterTagCommand());
        Add(new AdapterUntagCommand());
    }
}
