using System.CommandLine;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter remove</c>: removes a version from the library.</summary>
internal sealed class AdapterRemoveCommand : Command
{
    private readonly Argument<string> _adapter = LibraryArguments.Adapter(
        "ADAPTER",
        "NAME (its newest version), NAME@VERSION or NAME:TAG."
    );
    private readonly Option<bool> _force = new("--force")
    {
        Description = "Remove it although it has a tag, or although the library's copy is the only one left.",
    };

    public AdapterRemoveCommand()
        : base("remove", "Removes a version from the library. Only the library's own copy is deleted, never a file of a run.")
    {
        Arguments.Add(_adapter);
        Options.Add(_force);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var removed = LibraryArguments.Open().Remove(parsed.GetValue(_adapter)!, parsed.GetValue(_force));
        var tags = removed.Tags.Count > 0 ? $" with its tags {string.Join(", ", removed.Tags)}" : "";
        Console.Out.WriteLine($"{removed.Entry.Id}: removed from the library{tags}");
        if (removed.DeletedCopy is { } copy)
            Console.Out.WriteLine($"  deleted: {copy}");
        if (removed.KeptSource is { } source)
            Console.Out.WriteLine($"  kept: {source}");
        return ExitCode.Success;
    }
}
