namespace Litre.Privacy.Containment;

/// <summary>What this machine allows for a proof.</summary>
/// <param name="HasNamespace">Commands run in a network namespace of their own, which has the loopback interface alone.</param>
/// <param name="Observation">How their system calls are observed.</param>
public sealed record ProofMeans(bool HasNamespace, Observation Observation)
{
    /// <summary>Why more is not possible and what to allow, one line each; empty for the full proof.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>What the trial before the proof found: attempts that were made on purpose, each of which was caught.</summary>
    public IReadOnlyList<string> Trial { get; init; } = [];

    /// <summary>Whether nothing more is possible.</summary>
    public bool IsFull => HasNamespace && Observation == Observation.Trace;

    /// <summary>Whether there is any proof.</summary>
    public bool IsAny => HasNamespace || Observation != Observation.None;
}

/// <summary>How the system calls of a command are observed.</summary>
public enum Observation
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A filter ends a process that creates a socket of a network. Addresses and changed files are not known.</summary>
    Filter,

    /// <summary>
    /// All calls that use a network, change a file or start a program are recorded, and those that leave the machine are refused.
    /// </summary>
    Trace,
}
