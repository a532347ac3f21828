using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter tag</c>: pins a version under a tag.</summary>
internal sealed class AdapterTagCommand : Command
{
    private readonly Argument<string> _adapter = LibraryArguments.Adapter(
        "ADAPTER",
        "NAME (its newest version), NAME@VERSION or NAME:TAG."
    );
    private readonly Argument<string> _tag = new("TAG")
    {
        Description = "The tag, such as production. Another version of the name loses it.",
    };

    public AdapterTagCommand()
        : base("tag", "Gives a version a tag and copies its files into the library, so that NAME:TAG stays usable without its run.")
    {
        Arguments.Add(_adapter);
        Arguments.Add(_tag);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var tag = parsed.GetValue(_tag)!;
        var (entry, before) = LibraryArguments.Open().Tag(parsed.GetValue(_adapter)!, tag);
        var moved =
            before is { } version && version != entry.Version
                ? string.Create(CultureInfo.InvariantCulture, $" (before: {entry.Name}@{version})")
                : "";
        Console.Out.WriteLine($"{entry.Name}:{tag} is {entry.Id}{moved}; its files are kept in {entry.Folder}");
        return ExitCode.Success;
    }
}

/// <summary><c>litre adapter untag</c>: removes a tag.</summary>
internal sealed class AdapterUntagCommand : Command
{
    private readonly Argument<string> _adapter = new("NAME:TAG") { Description = "The tag to remove." };

    public AdapterUntagCommand()
        : base("untag", "Removes a tag. The version stays in the library with its copy.")
    {
        Arguments.Add(_adapter);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var reference = parsed.GetValue(_adapter)!;
        var version = LibraryArguments.Open().Untag(reference);
        Console.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{reference}: removed; {reference.Split(':')[0]}@{version} stays in the library")
        );
        return ExitCode.Success;
    }
}
