using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>An event that the audit log records. Fields that are null are left out.</summary>
public abstract record AuditEntry
{
    private protected AuditEntry() { }

    /// <summary>When it happened; the default is now.</summary>
    [JsonIgnore]
    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Which event it is, such as <c>request</c>.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }
}
