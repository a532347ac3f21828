using System.CommandLine;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// Shows texts of lower layers, which name settings in backticks, in the words of the command line: <c>`max-tokens`</c> as
/// <c>--max-tokens</c>. Answers of models and contents of data are not such texts.
/// </summary>
internal static class OptionText
{
    /// <summary>Makes the tree of commands, whose options say which words are settings; asked once, when the first text is shown.</summary>
    public static Func<Command> Tree { private get; set; } = () => new RootCommand();

    private static readonly Lazy<HashSet<string>> Names = new(() => NamesOf(Tree()));

    /// <summary>The text with options in place of settings.</summary>
    public static string Render(string text) => Render(text, Names.Value);

    /// <summary>The same of each text.</summary>
    public static IReadOnlyList<string> Render(IEnumerable<string> texts) => [.. texts.Select(Render)];

    /// <summary>Writes one line of a lower layer to stderr.</summary>
    public static void WriteError(string line) => Console.Error.WriteLine(Render(line));

    /// <summary>Renders what all commands and options are described with: many descriptions come from the table of settings.</summary>
    /// <param name="root">The whole tree, which is not asked for here: it is being made.</param>
    public static void RenderDescriptions(Command root)
    {
        var names = NamesOf(root);
        foreach (var symbol in Symbols(root))
        {
            if (symbol.Description is { } description)
                symbol.Description = Render(description, names);
        }
    }

    /// <summary>The names that settings have as options, without dashes.</summary>
    internal static HashSet<string> NamesOf(Command root) => [.. Symbols(root).OfType<Option>().Select(o => o.Name.TrimStart('-'))];

    private static string Render(string text, HashSet<string> names) =>
        SettingName.Render(text, names.Contains, (name, value) => value.Length == 0 ? "--" + name : $"--{name} {value}");

    private static IEnumerable<Symbol> Symbols(Command command) =>
        [command, .. command.Options, .. command.Arguments, .. command.Subcommands.SelectMany(Symbols)];
}
