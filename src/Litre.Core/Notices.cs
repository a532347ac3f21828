using System.Collections.Concurrent;

namespace Litre.Core;

/// <summary>
/// Facts for the user that are not part of a result, such as that a slower method is used: lower layers report them, and the
/// program shows them. Each text is reported once per process. Thread-safe.
/// </summary>
public static class Notices
{
    private static readonly ConcurrentDictionary<string, bool> Reported = new(StringComparer.Ordinal);

    /// <summary>Receives the notices; ignores them by default.</summary>
    public static Action<string> Sink { get; set; } = _ => { };

    /// <summary>Reports one line.</summary>
    public static void Report(string line)
    {
        if (Reported.TryAdd(line, true))
            Sink(line);
    }
}
