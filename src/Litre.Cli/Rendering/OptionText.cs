using System.CommandLine;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// Renders texts of lower layers, which name settings in backticks, for the command line: <c>`max-tokens`</c> as
/// <c>--max-tokens</c>. Not for answers of models and contents of data.
/// </summary>
internal static class OptionText
{
    /// <summary>Creates the command tree, whose options determine which words are settings; called once, for the first text.</summary>
    public static Func<Command> Tree { private get; set; } = () => new RootCommand();

    private static readonly Lazy<HashSet<string>> Names = new(() => NamesOf(Tree()));

    /// <summary>Returns the text with options in place of settings.</summary>
    public static string Render(string text) => Render(text, Names.Value);

    /// <summary>Renders each text.</summary>
    public static IReadOnlyList<string> Render(IEnumerable<string> texts) => [.. texts.Select(Render)];

    /// <summary>Renders one line of a lower layer and writes it to stderr.</summary>
    public static void WriteError(string line) => Console.Error.WriteLine(Render(line));

    /// <summary>Renders the descriptions of all commands and options; many come from the table of settings.</summary>
    /// <param name="root">The whole tree, which is still being created, so that <see cref="Tree"/> cannot be used.</param>
    public static void RenderDescriptions(Command root)
    {
        var names = NamesOf(root);
        foreach (var symbol in Symbols(root))
        {
            if (symbol.Description is { } description)
                symbol.Description = Render(description, names);
        }
    }

    /// <summary>Returns the names of all options, without dashes.</summary>
    internal static HashSet<string> NamesOf(Command root) => [.. Symbols(root).OfType<Option>().Select(o => o.Name.TrimStart('-'))];

    private static string Render(string text, HashSet<string> names) =>
        SettingName.Render(text, names.Contains, (name, value) => value.Length == 0 ? "--" + name : $"--{name} {value}");

    private static IEnumerable<Symbol> Symbols(Command command) =>
        [command, .. command.Options, .. command.Arguments, .. command.Subcommands.SelectMany(Symbols)];
}
