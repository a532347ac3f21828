using System.Collections.Concurrent;

namespace Litre.Core;

/// <summary>
/// What the user should know that no result tells, such as that a slower way is taken: lower layers report, and the program above
/// them shows. Each text is told once a process. Thread-safe.
/// </summary>
public static class Notices
{
    private static readonly ConcurrentDictionary<string, bool> Reported = new(StringComparer.Ordinal);

    /// <summary>Takes the notices; by default nobody does.</summary>
    public static Action<string> Sink { get; set; } = _ => { };

    /// <summary>Tells one line.</summary>
    public static void Report(string line)
    {
        if (Reported.TryAdd(line, true))
            Sink(line);
    }
}
