namespace Litre.Access.Keys;

/// <summary>A key of the server's protocols, without its secret.</summary>
/// <param name="Id">Identifies the key for good: it is not used again after the key is revoked.</param>
/// <param name="Name">The name that it was created with; unique among the keys that exist.</param>
/// <param name="IsAdmin">Whether it may change the state of a server, such as loading adapters.</param>
/// <param name="Created">When it was created (UTC).</param>
/// <param name="LastUsed">When it was last used (UTC), to the minute; null if never.</param>
public sealed record ApiKey(string Id, string Name, bool IsAdmin, DateTimeOffset Created, DateTimeOffset? LastUsed);
