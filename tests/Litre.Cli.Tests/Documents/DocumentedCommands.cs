using System.CommandLine;
using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Documents;

/// <summary>Commands that documents show: lines of fenced blocks, and mentions in running text.</summary>
internal static partial class DocumentedCommands
{
    /// <summary>The arguments of each <c>litre</c> in fenced blocks; those of finetune.sh are tune's.</summary>
    public static IEnumerable<string[]> Fenced(string document)
    {
        foreach (var block in Fence.In(document).Where(fence => fence.Language == Fence.Shell))
        foreach (var line in string.Join('\n', block.Lines).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            var text = Comment().Replace(line, "");
            foreach (Match command in Command().Matches(text))
            {
                if (Words(command.Groups["rest"].Value) is { Length: > 0 } words)
                    yield return words;
            }
            if (Script().Match(text) is { Success: true } script && Words(script.Groups["rest"].Value) is { Length: > 0 } options)
                yield return ["tune", .. options];
        }
    }

    /// <summary>The arguments of each <c>litre</c> in backquotes, which may lack what a command needs.</summary>
    public static IEnumerable<string[]> Mentioned(string document) =>
        Mention().Matches(SourceTree.Read(document)).Select(match => Words(match.Groups["rest"].Value)).Where(words => words.Length > 0);

    /// <summary>The first word of a mention that is neither a command nor an option of it, or null.</summary>
    public static string? Unknown(string[] words)
    {
        Command command = CommandLine.Root();
        foreach (var word in words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                if (word != "--help" && command.Options.All(o => o.Name != word && !o.Aliases.Contains(word)))
                    return word;
            }
            else if (command.Subcommands.Count > 0 && char.IsAsciiLetterLower(word[0]))
            {
                if (command.Subcommands.FirstOrDefault(c => c.Name == word) is not { } next)
                    return word;
                command = next;
            }
        }
        return null;
    }

    private static string[] Words(string text) =>
        [.. Word().Matches(text).Select(m => m.Value.Replace("\"", "", StringComparison.Ordinal))];

    [GeneratedRegex("(^|\\s)#.*")]
    private static partial Regex Comment();

    [GeneratedRegex("(?<![\\w/.-])(\\./)?litre +(?<rest>[^()&;|<>]*)")]
    private static partial Regex Command();

    [GeneratedRegex("finetune\\.sh +(?<rest>[^()&;|<>]*)")]
    private static partial Regex Script();

    [GeneratedRegex("`(\\./)?litre +(?<rest>[^`]+)`")]
    private static partial Regex Mention();

    [GeneratedRegex("(\"[^\"]*\"|[^\\s\"])+")]
    private static partial Regex Word();
}
