namespace Litre.Privacy.Tracing;

/// <summary>What the processes of a command asked for; equal requests are counted. Filled by one thread, read when it has ended.</summary>
public sealed class TraceLog
{
    private readonly Dictionary<(string Program, NetworkUse Use), int> _network = [];
    private readonly Dictionary<(string Program, FileChange Change), int> _files = [];
    private readonly HashSet<string> _programs = new(StringComparer.Ordinal);

    /// <summary>Requests to a socket, with the program that made them and how often.</summary>
    public IEnumerable<(string Program, NetworkUse Use, int Count)> Network => _network.Select(e => (e.Key.Program, e.Key.Use, e.Value));

    /// <summary>Changes of files, with the program that made them and how often.</summary>
    public IEnumerable<(string Program, FileChange Change, int Count)> Files => _files.Select(e => (e.Key.Program, e.Key.Change, e.Value));

    /// <summary>Paths of the programs that were started.</summary>
    public IEnumerable<string> Programs => _programs;

    /// <summary>The number of calls that were examined.</summary>
    public long Calls { get; private set; }

    internal void Add(CallReading reading, Func<string> program)
    {
        Calls++;
        if (reading.Program is { } started)
            _programs.Add(started);
        if (reading.Network is { } use)
            Count(_network, (program(), use));
        foreach (var change in reading.Changes)
            Count(_files, (program(), change));
    }

    private static void Count<T>(Dictionary<T, int> counts, T key)
        where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
