using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Library;
using Litre.Library.Entries;

namespace Litre.Cli.Commands;

/// <summary>What the commands of the adapter library have in common.</summary>
internal static class LibraryArguments
{
    /// <summary>An argument that names an adapter of the library, with its names as completions.</summary>
    public static Argument<string> Adapter(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description, HelpName = name };
        argument.CompletionSources.Add(_ => Names());
        return argument;
    }

    /// <summary>The user's library. What it reports goes to stderr.</summary>
    public static AdapterLibrary Open() => new(log: OptionText.WriteError);

    /// <summary>
    /// The folder of the base model: the given one, otherwise the one that the first adapter with a known folder was trained on.
    /// </summary>
    /// <exception cref="InputException">None was given, and none of those is on this machine.</exception>
    public static string Model(string? given, IEnumerable<AdapterEntry> entries) =>
        given
        ?? entries.Select(e => e.Model).FirstOrDefault(m => m is not null && File.Exists(Path.Combine(m, "config.json")))
        ?? throw new InputException(
            "--model: is needed, because the folder of the base model is not recorded or no longer exists; give the checkpoint's folder"
        );

    // Completion must not fail, whatever the state of the library is.
    private static IEnumerable<string> Names()
    {
        try
        {
            return [.. new AdapterLibrary().Entries().SelectMany(e => (string[])[e.Name, e.Id]).Distinct()];
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
