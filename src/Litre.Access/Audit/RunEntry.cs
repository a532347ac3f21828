using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>A tuning run started or ended: <c>run_started</c>, <c>run_ended</c>.</summary>
/// <param name="IsStarted">Whether it started, or was resumed.</param>
/// <param name="Output">The run's folder.</param>
/// <param name="Model">The folder of the base model.</param>
/// <param name="Data">The path of the data set.</param>
public sealed record RunEntry([property: JsonIgnore] bool IsStarted, string Output, string Model, string Data) : AuditEntry
{
    [JsonIgnore]
    public override string Kind => IsStarted ? "run_started" : "run_ended";

    /// <summary>The version of Litre.</summary>
    public string? Version { get; init; }

    /// <summary>Whether the run was resumed.</summary>
    public bool? Resumed { get; init; }

    /// <summary>The fingerprint of the base model.</summary>
    public string? ModelFingerprint { get; init; }

    /// <summary>The fingerprint of the samples, images included, as the checkpoints of the run contain it.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>The files that contain the rows of the data set.</summary>
    public IReadOnlyList<AuditFile>? Files { get; init; }

    /// <summary>The recipe in the run's folder.</summary>
    public AuditFile? Recipe { get; init; }

    /// <summary>How the run ended: <c>finished</c>, <c>early_stop</c>, <c>interrupted</c>, <c>diverged</c>, <c>failed</c>.</summary>
    public string? End { get; init; }

    /// <summary>The steps that were done.</summary>
    public int? Steps { get; init; }

    /// <summary>The manifest of the checkpoint that is the result, which lists its files with their hashes.</summary>
    public AuditFile? Result { get; init; }
}
