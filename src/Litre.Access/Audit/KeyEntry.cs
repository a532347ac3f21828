using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>A key was created or revoked: <c>key_created</c>, <c>key_revoked</c>.</summary>
/// <param name="IsCreated">Whether it was created.</param>
/// <param name="KeyId">Its <c>Id</c>.</param>
/// <param name="Key">Its name.</param>
/// <param name="Admin">Whether it may change the state of a server.</param>
public sealed record KeyEntry([property: JsonIgnore] bool IsCreated, string KeyId, string Key, bool Admin) : AuditEntry
{
    [JsonIgnore]
    public override string Kind => IsCreated ? "key_created" : "key_revoked";
}
