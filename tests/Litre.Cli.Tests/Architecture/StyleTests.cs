using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Architecture;

/// <summary>What every file must look like, beyond what the compiler checks.</summary>
public sealed partial class StyleTests
{
    private const int LongestFile = 500;
    private const int LongestLine = 140;
    private const int LongestEditorConfig = 150;

    // Written in parts, so that this file does not find itself.
    private static readonly string[] ForbiddenInSource = ["#" + "region", "[Dll" + "Import"];

    [Fact]
    public void Source_NoFile_IsLongerThanTheLimit() =>
        Rule.Unbroken(
            SourceTree
                .SourceFiles.Select(file => (file, Lines: SourceTree.Read(file).Count(c => c == '\n')))
                .Where(entry => entry.Lines > LongestFile)
        );

    // The formatter breaks code; strings, comments and texts in raw strings are broken by hand.
    [Fact]
    public void Source_NoLine_IsLongerThanTheLimit() =>
        Rule.Unbroken(
            SourceTree.SourceFiles.SelectMany(file =>
                SourceTree
                    .Read(file)
                    .Split('\n')
                    .Select((line, i) => (line, Place: $"{file}:{i + 1}"))
                    .Where(entry => entry.line.Length > LongestLine)
                    .Select(entry => $"{entry.Place}: {entry.line.Length} columns")
            )
        );

    [Fact]
    public void Source_NoFile_HoldsForbiddenConstructs() =>
        Rule.Unbroken(
            SourceTree.SourceFiles.SelectMany(file =>
                ForbiddenInSource
                    .Where(text => SourceTree.Read(file).Contains(text, StringComparison.Ordinal))
                    .Select(text => $"{file}: {text}")
            )
        );

    [Fact]
    public void Source_NoFile_IsCalledUtilsOrHelpers() => Rule.Unbroken(SourceTree.SourceFiles.Where(file => UselessName().IsMatch(file)));

    [Fact]
    public void Source_EveryNamespace_IsTheFilesFolder()
    {
        var wrong = new List<string>();
        foreach (var file in SourceTree.SourceFiles)
        {
            if (Namespace().Match(SourceTree.Read(file)) is not { Success: true } match)
                continue;
            var folder = Path.GetDirectoryName(file)!;
            // The aspects of one partial type may share a folder that bears its name: Ops/Ops.Matrix.cs.
            if (Path.GetFileName(file).StartsWith(Path.GetFileName(folder) + ".", StringComparison.Ordinal))
                folder = Path.GetDirectoryName(folder)!;
            var expected = string.Join('.', folder.Split('/').Skip(1));
            if (match.Groups[1].Value != expected)
                wrong.Add($"{file}: {match.Groups[1].Value} is not {expected}");
        }
        Rule.Unbroken(wrong);
    }

    [Fact]
    public void Text_NoFile_NamesAMachinesFolders()
    {
        // Examples in documents may speak of a home folder, never of one person's.
        var found = SourceTree.TextFiles.SelectMany(file =>
            MachinePath().Matches(SourceTree.Read(file)).Select(match => $"{file}: {match.Value}")
        );
        Rule.Unbroken(found);
    }

    [Fact]
    public void EditorConfig_LineCount_StaysShort() =>
        Assert.InRange(SourceTree.Read(".editorconfig").Count(c => c == '\n'), 1, LongestEditorConfig);

    [Fact]
    public void Tests_EveryTest_IsNamedSubjectScenarioResult()
    {
        var wrong = SourceTree
            .SourceFiles.Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(SourceTree.Read(file)).Select(match => (file, Name: match.Groups[1].Value)))
            .Where(test => !ThreeParts().IsMatch(test.Name))
            .Select(test => $"{test.file}: {test.Name} is not Subject_Scenario_Result");
        Rule.Unbroken(wrong);
    }

    [GeneratedRegex("""(Utils?|Helpers?)(\.[A-Za-z]+)?\.cs$""")]
    private static partial Regex UselessName();

    [GeneratedRegex("""^namespace ([\w.]+);""", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex("""(?<![\w.~}])/(?:work|root|home/\w+|Users/\w+)/""")]
    private static partial Regex MachinePath();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*){2,}$")]
    private static partial Regex ThreeParts();

    // Lazily over whatever attributes stand between.
    [GeneratedRegex("""^ *\[(?:Fact|Theory)\b[\s\S]*?\n *public (?:unsafe |async |static )*[\w<>]+ (\w+)\(""", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
