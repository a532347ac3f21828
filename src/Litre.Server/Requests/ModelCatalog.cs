using System.Collections.Concurrent;
using Litre.Inference.Serving;
using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>The names that requests can give as their model: the base model and its adapters.</summary>
internal sealed class ModelCatalog(EngineHost host, ServerSettings settings)
{
    private readonly ConcurrentDictionary<(string Path, DateTimeOffset LoadedAt), string?> _fingerprints = [];
    private string? _baseFingerprint;

    /// <summary>The name of the base model.</summary>
    public string BaseName => settings.ModelName;

    /// <summary>When the server started, which counts as the base model's time of creation.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>The adapters, which have the base model as their parent.</summary>
    /// <exception cref="ApiException">The engine is not ready.</exception>
    public IReadOnlyList<ServedAdapter> Adapters => host.Require().Adapters;

    /// <summary>Reads the fingerprints of the base model and of the adapters, so that no request waits for it.</summary>
    public void Prepare()
    {
        _baseFingerprint = settings.ModelFolder is { } folder ? FolderFingerprint.Of(folder) : null;
        foreach (var adapter in host.Engine?.Adapters ?? [])
            Fingerprint(adapter);
    }

    /// <summary>The adapter of a model's name; null for the base model, which is also that of requests without a name.</summary>
    /// <exception cref="ApiException">There is no such model, or the engine is not ready.</exception>
    public ServedAdapter? Find(string? name)
    {
        var adapters = Adapters;
        if (string.IsNullOrEmpty(name) || name == BaseName)
            return null;
        return adapters.FirstOrDefault(a => a.Name == name) ?? throw ApiException.ModelNotFound(name);
    }

    /// <summary>The fingerprint of an adapter's files.</summary>
    public string? Fingerprint(ServedAdapter adapter) =>
        _fingerprints.GetOrAdd((adapter.Path, adapter.LoadedAt), key => FolderFingerprint.Of(key.Path));

    /// <summary>Identifies what computes an answer.</summary>
    /// <param name="adapterFingerprint">The fingerprint of the adapter; null for the base model.</param>
    public string SystemFingerprint(string? adapterFingerprint) =>
        $"fp_{_baseFingerprint ?? "unknown"}" + (adapterFingerprint is null ? "" : "_" + adapterFingerprint);
}
