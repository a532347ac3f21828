using System.Text.RegularExpressions;
using Litre.Cli.Tests.Architecture;

namespace Litre.Cli.Tests.Documents;

/// <summary>
/// The README's first block as a user runs it: a clone, its build, the example with all its steps, and the commands that it recommends.
/// Minutes; build/long-tests.sh runs it.
/// </summary>
public sealed partial class ExampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(40);

    [Fact(Explicit = true)]
    public void Readme_FirstBlock_ProvesTheExample()
    {
        using var sandbox = new Sandbox(isReal: true);
        var first = Fence.In("README.md").First(fence => fence.Language == Fence.Shell);
        var commands = ShellCommand.In(first).ToList();
        var session = new DocumentSession(sandbox, commands, Patience);
        Rule.Unbroken(session.Failures());

        var output = session.Output(commands.FindIndex(command => command.Text.Contains("finetune.sh", StringComparison.Ordinal)));
        TestContext.Current.TestOutputHelper!.WriteLine(output);
        // The comparison's row over all questions: exact match of base and adapter, the difference and its p-value.
        Assert.Matches(ExactMatch(), output);

        // The commands that it ends with, but for those that need something of the user's, in capitals.
        var next = NextCommand().Matches(output).Select(match => match.Groups["command"].Value).Where(c => !Capitals().IsMatch(c)).ToList();
        Assert.True(next.Count >= 3, string.Join('\n', next));
        foreach (var command in next)
        {
            // A plan ends with 1 where the large model does not fit on this machine, which is an answer too.
            var accepting = command.Contains("/litre plan ", StringComparison.Ordinal) ? $"{command} || [ $? -eq 1 ]" : command;
            Assert.NotEmpty(Sandbox.Execute(Path.Combine(session.Home, "litre"), "bash", "-c", accepting));
        }
    }

    [GeneratedRegex(@"│ exact match +│ +100 │ .*│ better +│")]
    private static partial Regex ExactMatch();

    // Whole words, not parts of a path.
    [GeneratedRegex(@"(?<![\w/.-])[A-Z]{5,}\b(?![/.])")]
    private static partial Regex Capitals();

    [GeneratedRegex(@"^  (?<command>\S*/litre (data make|ask|plan) .*)$", RegexOptions.Multiline)]
    private static partial Regex NextCommand();
}
