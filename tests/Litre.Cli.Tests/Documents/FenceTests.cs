using System.Text.RegularExpressions;
using Litre.Cli.Tests.Architecture;

namespace Litre.Cli.Tests.Documents;

/// <summary>The language of a fenced block tells whether its lines are run, so that no command escapes the tests.</summary>
public sealed partial class FenceTests
{
    private static readonly string[] OtherShells = ["bash", "shell", "console", "shell-session", "zsh", "fish"];

    [Fact]
    public void Documents_EveryFence_NamesItsLanguage() =>
        Rule.Unbroken(
            Fences()
                .Where(fence => fence.Language.Length == 0 || OtherShells.Contains(fence.Language))
                .Select(fence =>
                    $"{fence.Document}:{fence.Line}: ```{fence.Language}: write ```sh for commands, which are run, and ```text for output"
                )
        );

    [Fact]
    public void Documents_BlocksThatAreNotRun_HoldNoCommands() =>
        Rule.Unbroken(
            Fences()
                .Where(fence => fence.Language == "text")
                .SelectMany(fence =>
                    fence
                        .Lines.Select((line, i) => (Line: line, Number: fence.Line + 1 + i))
                        .Where(entry => IsCommand(entry.Line))
                        .Select(entry => $"{fence.Document}:{entry.Number}: {entry.Line}: commands belong in a block ```sh, which is run")
                )
        );

    [Fact]
    public void Documents_CommandsWithPlaceholders_AreKnown() =>
        Rule.Unbroken(
            Fence
                .Documents.SelectMany(ShellCommand.In)
                .Where(command => Placeholder().IsMatch(WithoutKnownTexts(command)))
                .Select(command => $"{command}: <...> is no word of a shell; write a name in capitals, or add it to Adaptations.Texts")
        );

    // A command that names such a path would write to this machine, or depend on it.
    [Fact]
    public void Documents_PathsFromTheRoot_AreReplaced() =>
        Rule.Unbroken(
            Fence
                .Documents.SelectMany(ShellCommand.In)
                .Where(command => RootedPath().IsMatch(Comment().Replace(WithoutKnownTexts(command), "")))
                .Select(command => $"{command}: a path outside of the test's folder; add it to Adaptations.Texts")
        );

    [Fact]
    public void Fences_OfAllForms_AreRead()
    {
        var fences = Fence.In("x.md", "a\n```sh\nx\n```\n1. b\n   ```text\n   y\n     z\n   ```\n~~~\n```\n~~~\n");
        Assert.Equal(
            [(2, "sh", "x"), (6, "text", "y|  z"), (10, "", "```")],
            fences.Select(f => (f.Line, f.Language, string.Join('|', f.Lines)))
        );
    }

    [Fact]
    public void Commands_OfSeveralLines_AreOne()
    {
        var fence = new Fence(
            "x.md",
            1,
            "sh",
            "# why\na \\\n  b\n\nfor i in 1 2; do\n  c\ndone\nd 'e\nf'\ng <<X\nh\nX\ni  # j".Split('\n')
        );
        Assert.Equal(
            [(3, "a \\\n  b"), (6, "for i in 1 2; do\n  c\ndone"), (9, "d 'e\nf'"), (11, "g <<X\nh\nX"), (14, "i  # j")],
            ShellCommand.In(fence).Select(command => (command.Line, command.Text))
        );
    }

    [Theory]
    [InlineData("litre tune --help", true)]
    [InlineData("./litre doctor", true)]
    [InlineData("bash finetune.sh", true)]
    [InlineData("build/release.sh", false)]
    [InlineData("litre: --data x: no such file", false)]
    [InlineData("litre 0.1.0", false)]
    [InlineData("  litre ask --model x", false)]
    public void Text_LinesOfCommands_AreRecognized(string line, bool isCommand) => Assert.Equal(isCommand, IsCommand(line));

    private static IEnumerable<Fence> Fences() => Fence.Documents.SelectMany(Fence.In);

    private static string WithoutKnownTexts(ShellCommand command) =>
        Adaptations.Texts.Aggregate(command.Text, (text, entry) => text.Replace(entry.Shown, "", StringComparison.Ordinal));

    private static bool IsCommand(string line) => Command().IsMatch(line);

    // What a program prints about its next commands is indented; what it prints about itself has a colon or a number.
    [GeneratedRegex(@"^(\$ |\./\S|litre (--|[a-z])|(bash|dotnet|git) \S)")]
    private static partial Regex Command();

    [GeneratedRegex("(^|[\\s\"=/])<[A-Za-z][^<>|&;]*>")]
    private static partial Regex Placeholder();

    [GeneratedRegex("(^|[\\s\"'=])/(?!dev/|proc/)[a-z]")]
    private static partial Regex RootedPath();

    [GeneratedRegex("(^|\\s)#.*")]
    private static partial Regex Comment();
}
