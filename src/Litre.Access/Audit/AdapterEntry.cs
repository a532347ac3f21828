using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>A server registered or removed an adapter: <c>adapter_loaded</c>, <c>adapter_unloaded</c>.</summary>
/// <param name="IsLoaded">Whether it was registered.</param>
/// <param name="Adapter">The name that requests use.</param>
/// <param name="Path">Its folder.</param>
public sealed record AdapterEntry([property: JsonIgnore] bool IsLoaded, string Adapter, string Path) : AuditEntry
{
    [JsonIgnore]
    public override string Kind => IsLoaded ? "adapter_loaded" : "adapter_unloaded";

    /// <summary>The fingerprint of the adapter's files.</summary>
    public string? AdapterFingerprint { get; init; }

    /// <summary>The <c>Id</c> of the key that asked for it; null if the server's command line did.</summary>
    public string? KeyId { get; init; }

    /// <summary>The name of that key.</summary>
    public string? Key { get; init; }
}
