using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>What a log that was not as it was left had when it was continued: <c>recovered</c>.</summary>
internal sealed record RecoveryEntry : AuditEntry
{
    public const string Name = "recovered";

    [JsonIgnore]
    public override string Kind => Name;

    /// <summary>The file that an incomplete last line was moved to; nothing had been answered for it.</summary>
    public string? Incomplete { get; init; }

    /// <summary>What was damaged; null if nothing was.</summary>
    public string? Damage { get; init; }
}
