using System.CommandLine;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>Shows texts of lower layers, which name settings in backticks, in the words of the command line: <c>`max-tokens`</c> as <c>--max-tokens</c>.</summary>
internal static class OptionText
{
    private static readonly Lazy<HashSet<string>> Names = new(() => [.. Of(CommandLine.Root())]);

    /// <summary>The text with options in place of settings.</summary>
    public static string Render(string text) =>
        SettingName.Render(text, Names.Value.Contains, (name, value) => value.Length == 0 ? "--" + name : $"--{name} {value}");

    private static IEnumerable<string> Of(Command command) =>
        command.Options.Select(option => option.Name.TrimStart('-')).Concat(command.Subcommands.SelectMany(Of));
}
