namespace Litre.Inference.Serving;

/// <summary>An adapter that an engine can answer with.</summary>
/// <param name="Name">The name that requests use.</param>
/// <param name="Path">Its folder.</param>
/// <param name="LoadedAt">When it was registered (UTC).</param>
/// <param name="Bytes">Memory of its factors.</param>
/// <param name="IsResident">Whether its factors are in the model now; otherwise they are read again when a request needs them.</param>
public sealed record ServedAdapter(string Name, string Path, DateTimeOffset LoadedAt, long Bytes, bool IsResident);
