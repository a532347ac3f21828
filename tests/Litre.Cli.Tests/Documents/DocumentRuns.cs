using System.Collections.Concurrent;

namespace Litre.Cli.Tests.Documents;

/// <summary>Every document's session, run when the first test asks.</summary>
public sealed class DocumentRuns : IDisposable
{
    // A single command that hangs is ended earlier, by wrapper.sh.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private const int AtOnce = 2;

    private readonly Lazy<ConcurrentDictionary<string, DocumentSession>> _sessions;
    private readonly Sandbox _sandbox = new();

    public DocumentRuns() => _sessions = new(Run);

    /// <summary>Documents with commands.</summary>
    public static IEnumerable<string> Documents => Commands.Value.Keys.Order(StringComparer.Ordinal);

    internal DocumentSession this[string document] => _sessions.Value[document];

    /// <summary>Runs commands of a document that does not exist.</summary>
    internal DocumentSession Run(params (int Line, string Text)[] commands) =>
        new(_sandbox, [.. commands.Select(command => new ShellCommand("made-up.md", command.Line, command.Text))], Patience);

    public void Dispose() => _sandbox.Dispose();

    private static readonly Lazy<Dictionary<string, IReadOnlyList<ShellCommand>>> Commands = new(() =>
        Fence
            .Documents.Select(document => (document, Commands: ShellCommand.In(document)))
            .Where(entry => entry.Commands.Count > 0)
            .ToDictionary(entry => entry.document, entry => entry.Commands, StringComparer.Ordinal)
    );

    private ConcurrentDictionary<string, DocumentSession> Run()
    {
        var sessions = new ConcurrentDictionary<string, DocumentSession>(StringComparer.Ordinal);
        // The longest first.
        var documents = Commands.Value.OrderByDescending(entry => entry.Value.Count).Select(entry => entry.Key);
        Parallel.ForEach(
            Partitioner.Create(documents, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            document => sessions[document] = new DocumentSession(_sandbox, Commands.Value[document], Patience)
        );
        return sessions;
    }
}
