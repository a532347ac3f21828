using Litre.Core;
using Litre.Model.Identity;

namespace Litre.Model.Hub;

/// <summary>
/// The cache that Hugging Face's tools share: <c>models--ORGANIZATION--NAME</c> with <c>blobs</c> named by their sums,
/// <c>snapshots/COMMIT</c> of links to them, and <c>refs</c> that contain commits.
/// </summary>
public static class HubCache
{
    private const string Prefix = "models--";

    /// <summary>The folder's name for a model, as ORGANIZATION/NAME.</summary>
    public static string FolderName(string model) => Prefix + model.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>
    /// The folder that contains the model's files: the snapshot if <paramref name="folder"/> is a model folder of the cache or its
    /// <c>snapshots</c>; otherwise the folder itself, whether it exists or not.
    /// </summary>
    /// <exception cref="InputException">
    /// The cache contains no snapshot, an incomplete one, or several of which none is the main one.
    /// </exception>
    public static string Resolve(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (
            Path.GetFileName(full) == "snapshots"
            && Path.GetFileName(Path.GetDirectoryName(full))?.StartsWith(Prefix, StringComparison.Ordinal) == true
        )
            full = Path.GetDirectoryName(full)!;
        if (!Path.GetFileName(full).StartsWith(Prefix, StringComparison.Ordinal) || File.Exists(Path.Combine(full, "config.json")))
            return folder;
        var snapshots = Path.Combine(full, "snapshots");
        if (!Directory.Exists(snapshots))
        {
            return Directory.Exists(full)
                ? throw new InputException(
                    $"{folder}: is a model folder of the hub's cache but contains no snapshot; download the model again "
                        + $"(litre model get {PublishedName.OfCacheFolder(full)})"
                )
                : folder;
        }
        var main = Path.Combine(full, "refs", "main");
        if (File.Exists(main) && Path.Combine(snapshots, File.ReadAllText(main).Trim()) is var named && Directory.Exists(named))
            return Whole(folder, full, named);
        var all = Directory.GetDirectories(snapshots);
        return all.Length switch
        {
            1 => Whole(folder, full, all[0]),
            0 => throw new InputException(
                $"{folder}: is a model folder of the hub's cache but contains no snapshot; download the model again "
                    + $"(litre model get {PublishedName.OfCacheFolder(full)})"
            ),
            _ => throw new InputException(
                $"{folder}: contains {all.Length} snapshots, and none is the main one; give one of them, such as "
                    + $"{all.Order(StringComparer.Ordinal).First()}"
            ),
        };
    }

    /// <summary>The complete file in the cache with this sum; null if there is none.</summary>
    internal static string? Blob(string cache, string model, HubFile file)
    {
        if (file.Sum is null)
            return null;
        var path = Path.Combine(cache, FolderName(model), "blobs", file.Sum.Hex);
        return File.Exists(path) && (file.Bytes is null || new FileInfo(path).Length == file.Bytes) ? path : null;
    }

    // Links whose blob is missing: the download was interrupted.
    private static string Whole(string folder, string full, string snapshot)
    {
        var missing = Directory
            .GetFiles(snapshot)
            .Where(f => new FileInfo(f).ResolveLinkTarget(returnFinalTarget: true) is { Exists: false })
            .ToList();
        if (missing.Count == 0)
            return snapshot;
        throw new InputException(
            $"{folder}: the hub's cache does not contain "
                + $"{Path.GetFileName(missing[0])}{(missing.Count > 1 ? $" and {missing.Count - 1} more files" : "")} "
                + $"because the download was not finished; finish it, or run litre model get {PublishedName.OfCacheFolder(full)}"
        );
    }
}
