using System.Collections.Concurrent;

namespace ServeSoak;

/// <summary>Counts what happened, and keeps what should not have. Thread-safe.</summary>
internal sealed class Tally
{
    private const int MostShown = 20;

    private readonly ConcurrentDictionary<string, int> _counts = [];
    private readonly ConcurrentQueue<string> _failures = [];

    /// <summary>The ids of requests whose answers arrived to their end.</summary>
    public ConcurrentDictionary<string, bool> Answered { get; } = [];

    public bool HasFailures => !_failures.IsEmpty;

    public void Count(string kind) => _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);

    public void Fail(string text) => _failures.Enqueue(text);

    /// <summary>Records an answer, and whether its status is one of those that are right for its kind.</summary>
    public void Check(string kind, Answer answer, params ReadOnlySpan<int> expected)
    {
        if (!expected.Contains(answer.Status))
            Fail($"{kind}: status {answer.Status}, expected {string.Join(" or ", expected.ToArray())}: {Start(answer.Text)}");
        if (answer is { Status: 200, IsComplete: true, Request: { } id })
            Answered[id] = true;
    }

    public void WriteCounts()
    {
        Console.WriteLine("| request | count |\n| --- | ---: |");
        foreach (var (kind, count) in _counts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            Console.WriteLine($"| {kind} | {count} |");
        Console.WriteLine();
    }

    public void WriteFailures()
    {
        foreach (var failure in _failures.Take(MostShown))
            Console.WriteLine($"FAIL {failure}");
        if (_failures.Count > MostShown)
            Console.WriteLine($"FAIL and {_failures.Count - MostShown} more");
    }

    private static string Start(string text) => text.ReplaceLineEndings(" ")[..Math.Min(text.Length, 200)];
}
