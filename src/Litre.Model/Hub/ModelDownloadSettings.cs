namespace Litre.Model.Hub;

/// <summary>The settings of a download.</summary>
public sealed record ModelDownloadSettings
{
    public required IModelSource Source { get; init; }

    /// <summary>ORGANIZATION/NAME.</summary>
    public required string Model { get; init; }

    /// <summary>A branch, tag or commit; empty for the source's default.</summary>
    public string Revision { get; init; } = "";

    /// <summary>The folder to create; it appears when it is complete.</summary>
    public required string Output { get; init; }

    /// <summary>The hub's cache, whose files are used if they are identical; null to use no cache.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Number of files downloaded at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Only report what would be downloaded.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Called with one line at a time.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Called with the received bytes and the total, from several threads, one at a time.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Returns the free bytes for writing below a folder.</summary>
    public Func<string, long> FreeBytes { get; init; } = Core.Files.DiskSpace.FreeBytes;
}

/// <summary>How a download ended.</summary>
public enum ModelDownloadState
{
    /// <summary>A dry run: nothing was downloaded.</summary>
    Planned,

    /// <summary>The folder already contains exactly these files.</summary>
    AlreadyThere,

    /// <summary>Downloaded, verified and put in place.</summary>
    Fetched,
}

/// <summary>The result of a download.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="State">How it ended.</param>
/// <param name="Revision">The commit, if the source states it.</param>
/// <param name="Files">The files of the folder.</param>
/// <param name="Omitted">Files of the model that Litre does not need, such as weights in other formats.</param>
/// <param name="FromCacheBytes">Bytes that were copied from the hub's cache.</param>
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
