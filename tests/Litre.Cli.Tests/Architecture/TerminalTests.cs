using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Architecture;

/// <summary>One place speaks to the terminal, so that no command can let data steer it.</summary>
public sealed partial class TerminalTests
{
    // They draw: what they show passes VisibleText.
    private static readonly string[] Drawing = ["Terminal.cs", "StatusLine.cs", "LiveBlock.cs", "PromptLine.cs"];

    [Fact]
    public void Source_OnlyDrawing_WritesPastTheGuard() =>
        Rule.Unbroken(Program().SelectMany(file => PastGuard().Matches(SourceTree.Read(file)).Select(match => $"{file}: {match.Value}")));

    [Fact]
    public void Source_OnlyDrawing_HoldsEscapeSequences() =>
        Rule.Unbroken(
            Program()
                .SelectMany(file =>
                    Sequence().Matches(SourceTree.Read(file)).Select(match => $"{file}: {match.Value}; draw with Terminal.Status")
                )
        );

    private static IEnumerable<string> Program() =>
        SourceTree.SourceFiles.Where(file =>
            file.StartsWith("src/", StringComparison.Ordinal)
            && !(file.Contains("/Rendering/", StringComparison.Ordinal) && Drawing.Contains(Path.GetFileName(file)))
        );

    [GeneratedRegex(
        """OpenStandard(Output|Error)|Out\.Writer|AnsiConsole\.\w+"""
            + """|Console\.(Clear|SetCursorPosition|Title|ForegroundColor|Beep)|Console\.Set(Out|Error)"""
    )]
    private static partial Regex PastGuard();

    [GeneratedRegex("""\$?"[^"\n]*(\\e|\\u001b|\\x1b|\\033)\[[^"\n]*"|Console\.\w+\.Write\(\$?"\\r[^"\n]*"|\$"\\r[^"\n]*" ?\)""")]
    private static partial Regex Sequence();
}
