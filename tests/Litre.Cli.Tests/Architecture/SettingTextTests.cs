using System.Text.RegularExpressions;
using Litre.Cli.Rendering;
using Litre.Training.Tuning;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Below the command line texts and comments name settings in backticks, never as options: others may show them too.</summary>
public sealed partial class SettingTextTests
{
    private const string Anything = "";

    // What begins with two dashes and is no option of litre.
    private static readonly Dictionary<string, string[]> Exceptions = new()
    {
        ["src/Litre.Kernels/Nvrtc.cs"] = ["--gpu-architecture", "--std"],
        ["src/Litre.Data/Preview/PreviewStyle.cs"] = [Anything],
        ["src/Litre.Privacy/Reports/PageStyle.cs"] = [Anything],
        ["src/Litre.Privacy/Trials/Allowances.cs"] = ["--cap-add", "--security-opt"],
        ["src/Litre.Reporting/ReportStyle.cs"] = [Anything],
        ["src/Litre.Data/Formats/JsonArrayReader.cs"] = ["--depth"],
    };

    private static readonly HashSet<string> Names = OptionText.NamesOf(CommandLine.Root());

    private static IEnumerable<(string File, string Text)> Lower =>
        SourceTree
            .SourceFiles.Where(f =>
                f.StartsWith("src/", StringComparison.Ordinal) && !f.StartsWith("src/Litre.Cli/", StringComparison.Ordinal)
            )
            .Select(file => (file, SourceTree.Read(file)));

    [Fact]
    public void Text_BelowTheCommandLine_NamesNoOption() =>
        Rule.Unbroken(
            Lower.SelectMany(source =>
                Flag()
                    .Matches(source.Text)
                    .Where(flag => !IsException(source.File, flag.Value))
                    .Select(flag => $"{source.File}:{Line(source.Text, flag.Index)}: {flag.Value}")
            )
        );

    [Fact]
    public void Exceptions_ForFlags_AreAllNeeded() =>
        Rule.Unbroken(
            Exceptions.SelectMany(e =>
                e.Value.Where(start =>
                        !Flag().Matches(SourceTree.Read(e.Key)).Any(f => f.Value.StartsWith(start, StringComparison.Ordinal))
                    )
                    .Select(start => $"{e.Key}: {start}")
            )
        );

    [Fact]
    public void Text_NameInBackticks_IsAnOptionOfSomeCommand() =>
        Rule.Unbroken(
            Lower.SelectMany(source =>
                Quoted()
                    .Matches(source.Text)
                    .Select(match => (match.Index, Name: match.Groups["name"].Value))
                    .Where(found => found.Name.Contains('-', StringComparison.Ordinal) || RecipeFields.Find(found.Name) is not null)
                    .Concat(Given().Matches(source.Text).Select(match => (match.Index, Name: match.Groups["name"].Value)))
                    .Where(found => !Names.Contains(found.Name))
                    .Select(found => $"{source.File}:{Line(source.Text, found.Index)}: {found.Name}")
            )
        );

    private static bool IsException(string file, string flag) =>
        Exceptions.GetValueOrDefault(file)?.Any(start => flag.StartsWith(start, StringComparison.Ordinal)) == true;

    private static int Line(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+")]
    private static partial Regex Flag();

    [GeneratedRegex("`(?<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?: [^`\n]+)?`")]
    private static partial Regex Quoted();

    // The code that quotes a name, and failures about one setting.
    [GeneratedRegex("""(?:SettingName\.Quote|new (?:Core\.)?InputException)\(\s*"(?<name>[a-z0-9-]+)"\s*[,)]""")]
    private static partial Regex Given();
}
