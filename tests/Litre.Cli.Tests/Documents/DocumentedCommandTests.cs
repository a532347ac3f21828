using Litre.Cli.Errors;
using Litre.Cli.Tests.Architecture;

namespace Litre.Cli.Tests.Documents;

/// <summary>What documents tell users to run is accepted by the program as it is written.</summary>
public sealed class DocumentedCommandTests
{
    [Fact]
    public void Documents_EveryCommandOfABlock_IsAccepted()
    {
        var breaches = new List<string>();
        var commands = 0;
        foreach (var document in Fence.Documents)
        foreach (var words in DocumentedCommands.Fenced(document))
        {
            commands++;
            if (UsageError.Find(CommandLine.Root().Parse(words)) is { } mistake)
                breaches.Add($"{document}: litre {string.Join(' ', words)}: {mistake}");
        }
        Rule.Unbroken(breaches);
        Assert.True(commands > 60, $"only {commands} commands were found");
    }

    [Fact]
    public void Documents_EveryCommandInRunningText_HasTheNamedOptions()
    {
        var mentions = Fence.Documents.SelectMany(d => DocumentedCommands.Mentioned(d).Select(words => (d, words))).ToList();
        Rule.Unbroken(
            mentions
                .Select(m => (m.d, m.words, Unknown: DocumentedCommands.Unknown(m.words)))
                .Where(m => m.Unknown is not null)
                .Select(m => $"{m.d}: litre {string.Join(' ', m.words)}: {m.Unknown}")
        );
        Assert.True(mentions.Count > 40, $"only {mentions.Count} mentions were found");
    }

    [Fact]
    public void Readmes_BothLanguages_ShowTheSameCommands()
    {
        Assert.Equal(Paths("README.md"), Paths("README.zh-CN.md"));

        static IEnumerable<string> Paths(string document) =>
            DocumentedCommands.Fenced(document).Select(words => CommandPath.Of(CommandLine.Root().Parse(words).CommandResult.Command));
    }
}
