using System.Text.Json.Serialization;

namespace Litre.Privacy.Reports;

/// <summary>The result of a proof, as its JSON file has it.</summary>
public sealed record PrivacyReport
{
    /// <summary>The version of the form of the JSON file.</summary>
    public int Format { get; } = 1;

    public required Verdict Verdict { get; init; }

    /// <summary>The verdict as a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>0 if nothing left the machine and every command succeeded; 1 otherwise.</summary>
    public required int ExitCode { get; init; }

    /// <summary>When it was made (UTC).</summary>
    public required DateTimeOffset Date { get; init; }

    public required ProofFacts Proof { get; init; }

    /// <summary>The commands, in order.</summary>
    public required IReadOnlyList<StepFacts> Steps { get; init; }

    /// <summary>Addresses of other machines, and listeners that other machines can reach.</summary>
    public required IReadOnlyList<AddressFacts> Outside { get; init; }

    /// <summary>Attempts to look a name up.</summary>
    public required IReadOnlyList<AddressFacts> NameLookups { get; init; }

    /// <summary>Addresses of this machine.</summary>
    public required IReadOnlyList<AddressFacts> Loopback { get; init; }

    /// <summary>Other programs of this machine.</summary>
    public required IReadOnlyList<AddressFacts> UnixSockets { get; init; }

    /// <summary>Folders in which files were changed.</summary>
    public required IReadOnlyList<FolderFacts> Files { get; init; }

    /// <summary>Programs that were started.</summary>
    public required IReadOnlyList<ProgramFacts> Programs { get; init; }

    public required MachineFacts Machine { get; init; }
}

/// <summary>What a proof shows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Nothing left the machine, and all commands succeeded.</summary>
    [JsonStringEnumMemberName("private")]
    Private,

    /// <summary>A command attempted to leave the machine, or changed a file where it was not expected to.</summary>
    [JsonStringEnumMemberName("violated")]
    Violated,

    /// <summary>Nothing left the machine, but a command failed, so it was not proven for all of them.</summary>
    [JsonStringEnumMemberName("incomplete")]
    Incomplete,
}

/// <summary>What kind of proof was possible.</summary>
/// <param name="Namespace">Whether the commands ran in a network namespace without any way out.</param>
/// <param name="Observation"><c>trace</c>, <c>filter</c> or <c>none</c>.</param>
/// <param name="Meaning">What that shows, one sentence each.</param>
/// <param name="Limits">Why more was not possible and what to allow.</param>
/// <param name="Trial">What was attempted on purpose, and caught.</param>
public sealed record ProofFacts(
    bool Namespace,
    string Observation,
    IReadOnlyList<string> Meaning,
    IReadOnlyList<string> Limits,
    IReadOnlyList<string> Trial
);

/// <summary>One command.</summary>
/// <param name="Name">Such as <c>tune</c>.</param>
/// <param name="Command">As a user would type it.</param>
/// <param name="Result"><c>passed</c>, <c>failed</c> or <c>skipped</c>.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Calls">How many system calls were examined.</param>
/// <param name="Note">Why it failed or was skipped; null otherwise.</param>
public sealed record StepFacts(string Name, string Command, string Result, double Seconds, long Calls, string? Note);

/// <summary>An address that was asked for.</summary>
/// <param name="Address">The address and port, or the path of a Unix socket.</param>
/// <param name="Action"><c>connect</c>, <c>send</c>, <c>listen</c> or <c>create</c>.</param>
/// <param name="Refused">Whether the call was refused.</param>
/// <param name="Count">How often it was asked for.</param>
/// <param name="Programs">The programs that asked.</param>
/// <param name="Steps">The commands that they belong to.</param>
public sealed record AddressFacts(
    string Address,
    string Action,
    bool Refused,
    int Count,
    IReadOnlyList<string> Programs,
    IReadOnlyList<string> Steps
);

/// <summary>A folder in which files were changed.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Scope"><c>expected</c>, <c>temporary</c>, <c>kernel</c> or <c>unexpected</c>.</param>
/// <param name="Steps">The commands that changed them.</param>
/// <param name="Files">The files.</param>
public sealed record FolderFacts(string Folder, string Scope, IReadOnlyList<string> Steps, IReadOnlyList<FileFacts> Files);

/// <summary>A file that was changed.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Actions">In words: <c>created</c>, <c>written</c>, <c>renamed away</c>, <c>renamed to this</c>, <c>deleted</c>, ...</param>
/// <param name="Programs">The programs that changed it.</param>
public sealed record FileFacts(string Name, IReadOnlyList<string> Actions, IReadOnlyList<string> Programs);

/// <summary>A program that was started, or the folder of Litre's own.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Version">If it is known.</param>
/// <param name="Sha256">Of the file; of a folder, that of the sorted list of its files' sums, as <c>sha256sum</c> prints it.</param>
public sealed record ProgramFacts(string Path, string? Version, string Sha256);

/// <summary>The machine.</summary>
/// <param name="System">The distribution.</param>
/// <param name="Kernel">The version of the kernel.</param>
/// <param name="Architecture">That of the processor.</param>
/// <param name="Runtime">The version of .NET.</param>
public sealed record MachineFacts(string System, string Kernel, string Architecture, string Runtime);
