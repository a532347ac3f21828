namespace Litre.Model.Hub;

/// <summary>What is fetched, from where, to where.</summary>
public sealed record ModelDownloadSettings
{
    public required IModelSource Source { get; init; }

    /// <summary>ORGANIZATION/NAME.</summary>
    public required string Model { get; init; }

    /// <summary>A branch, tag or commit; empty for the source's usual one.</summary>
    public string Revision { get; init; } = "";

    /// <summary>The folder to make; it appears when it is whole.</summary>
    public required string Output { get; init; }

    /// <summary>The hub's cache, whose files are taken where they are the same; null to look at none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Files at a time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Only say what would be fetched.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Called with one line at a time.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Called with how many bytes of all are here. Called from several threads, one at a time.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Bytes that may still be written below a folder.</summary>
    public Func<string, long> FreeBytes { get; init; } = Core.Files.DiskSpace.FreeBytes;
}

/// <summary>How a download ended.</summary>
public enum ModelDownloadState
{
    /// <summary>A dry run: nothing was fetched.</summary>
    Planned,

    /// <summary>The folder holds exactly these files already.</summary>
    AlreadyThere,

    /// <summary>Fetched, checked and put in place.</summary>
    Fetched,
}

/// <summary>What was fetched.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="State">How it ended.</param>
/// <param name="Revision">The commit, where the source says one.</param>
/// <param name="Files">What belongs to the folder.</param>
/// <param name="Omitted">Files of the model that Litre does not need, such as weights in other formats.</param>
/// <param name="FromCacheBytes">Bytes that the hub's cache held already.</param>
public sealed record ModelDownloadResult(
    string Folder,
    ModelDownloadState State,
    string Revision,
    IReadOnlyList<HubFile> Files,
    IReadOnlyList<HubFile> Omitted,
    long FromCacheBytes
)
{
    public long Bytes => Files.Sum(f => f.Bytes ?? 0);
}
