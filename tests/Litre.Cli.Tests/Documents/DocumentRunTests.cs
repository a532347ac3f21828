using Litre.Cli.Tests.Architecture;

namespace Litre.Cli.Tests.Documents;

/// <summary>Every command line of every shell block of the documents runs.</summary>
public sealed class DocumentRunTests(DocumentRuns runs) : IClassFixture<DocumentRuns>
{
    public static TheoryData<string> Documents => [.. DocumentRuns.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_EveryCommand_Succeeds(string document) => Rule.Unbroken(runs[document].Failures());

    [Fact]
    public void Table_EveryEntry_IsNeededByACommand()
    {
        var used = DocumentRuns.Documents.SelectMany(document => runs[document].Used).ToHashSet(StringComparer.Ordinal);
        Rule.Unbroken(
            Adaptations.Commands.Where(entry => !used.Contains(entry.Begin)).Select(entry => $"no command begins with: {entry.Begin}")
        );
        var texts = DocumentRuns.Documents.SelectMany(ShellCommand.In).Select(command => command.Text).ToList();
        Rule.Unbroken(
            Adaptations
                .Texts.Where(entry => !texts.Any(text => text.Contains(entry.Shown, StringComparison.Ordinal)))
                .Select(entry => $"no command contains: {entry.Shown}")
        );
    }

    [Fact]
    public void Table_CommandsThatDoNotRun_AreFewAndListed()
    {
        var output = TestContext.Current.TestOutputHelper!;
        foreach (var document in DocumentRuns.Documents)
        foreach (var command in runs[document].NotRun)
            output.WriteLine($"{document}: {command}: not run");
        foreach (var entry in Adaptations.NotRun)
            output.WriteLine($"{entry.Begin}: {entry.Why}");
        Assert.InRange(Adaptations.NotRun.Count(), 0, 9);
    }

    [Fact]
    public void Session_CommandsThatFail_AreReportedWithTheirLines()
    {
        var session = runs.Run(
            (3, "false && true"),
            (4, "folder=docs\ncd $folder"),
            (6, "test -f memory.md"),
            (7, "curl https://localhost/x | cat"),
            (8, "../litre tune --no-such-option"),
            (9, "exit 3"),
            (10, "true")
        );
        var failures = session.Failures().ToList();
        Assert.Equal(5, failures.Count);
        Assert.StartsWith("made-up.md:3: false && true\n  exit code 1\n", failures[0]);
        Assert.Contains("made-up.md:7: curl https://localhost/x | cat\n  exit code 97\n", failures[1]);
        Assert.Contains("standard error: curl https://localhost/x: reaches outside", failures[1]);
        Assert.Contains("run as: litre tune --no-such-option --device cpu", failures[2]);
        Assert.Contains("exit code 2\n  standard error: litre: ", failures[2]);
        Assert.All(failures[3..], failure => Assert.Contains("did not end", failure));
    }
}
