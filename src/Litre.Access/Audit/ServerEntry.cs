using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>A server started or stopped: <c>server_started</c>, <c>server_stopped</c>. A server that was killed has no stop.</summary>
/// <param name="IsStarted">Whether it started.</param>
/// <param name="Version">The version of Litre.</param>
public sealed record ServerEntry([property: JsonIgnore] bool IsStarted, string Version) : AuditEntry
{
    [JsonIgnore]
    public override string Kind => IsStarted ? "server_started" : "server_stopped";

    /// <summary>The addresses that it listens on.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>The folder of the base model.</summary>
    public string? Model { get; init; }

    /// <summary>Whether requests need a key.</summary>
    public bool? NeedsKeys { get; init; }

    /// <summary>Whether questions and answers are recorded.</summary>
    public bool? RecordsContent { get; init; }
}
