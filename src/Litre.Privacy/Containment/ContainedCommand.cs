using Litre.Privacy.Tracing;

namespace Litre.Privacy.Containment;

/// <summary>A command to be run without a network.</summary>
/// <param name="Words">The program and its arguments.</param>
public sealed record ContainedCommand(IReadOnlyList<string> Words)
{
    /// <summary>The command of a server, which follows the words after two dashes; null if there is none.</summary>
    public IReadOnlyList<string>? Server { get; init; }

    /// <summary>Environment variables to set.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The file for its output; null for the output of this process.</summary>
    public string? OutputFile { get; init; }
}

/// <summary>How a contained command ended.</summary>
/// <param name="ExitCode">128 plus the number of a signal, as shells report it.</param>
/// <param name="Time">From its start to its end.</param>
/// <param name="Log">What it asked for; empty without a trace.</param>
public sealed record ContainedResult(int ExitCode, TimeSpan Time, TraceLog Log)
{
    private const int RefusedCall = 128 + 31;

    /// <summary>Why the trace is not complete; null if it is, or if there is none.</summary>
    public string? Gap { get; init; }

    /// <summary>Whether the filter ended it because it created a socket of a network.</summary>
    public bool WasKilled => ExitCode == RefusedCall;
}
