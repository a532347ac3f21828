using Litre.Core.Files;

namespace Litre.Inference.Features;

/// <summary>
/// The files of a <see cref="FeatureDisk"/> and the space that they use. To free space, the least recently used files are deleted
/// first, but none that was used since this object was opened: otherwise the images of a run that do not all fit would evict each other
/// before their next use. Other processes may write and delete files at the same time. Not thread-safe.
/// </summary>
/// <param name="settings">The place and its limits.</param>
/// <param name="freeBytes">Returns the disk's free bytes; replaced in tests.</param>
internal sealed class FeatureFolder(FeatureDiskSettings settings, Func<string, long>? freeBytes = null)
{
    public const string Ending = ".features";
    private const string TemporaryEnding = ".tmp";
    private static readonly TimeSpan MaxWriteTime = TimeSpan.FromHours(1);

    // Space is freed for more than one file, because it requires listing the whole folder.
    private const int ExtraSpaceDivisor = 20;

    private readonly Func<string, long> _freeBytes = freeBytes ?? DiskSpace.FreeBytes;
    private readonly DateTime _opened = DateTime.UtcNow;
    private long _bytes = -1;
    private long _written;
    private bool _allInUse;

    public static string PathOf(string folder, string key) => Path.Combine(folder, key[..2], key + Ending);

    /// <summary>A temporary name, in the same folder, for a file that is not complete.</summary>
    public static string Temporary(string path) => $"{path}.{Guid.NewGuid():N}{TemporaryEnding}";

    /// <summary>Total size of all files. Removes files that killed processes left incomplete.</summary>
    public long Count()
    {
        _bytes = Files().Sum(f => f.Bytes);
        _written = 0;
        return _bytes;
    }

    /// <summary>
    /// Frees space for a file; false if that is impossible without deleting files in use or using space that must stay free.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public bool EnsureSpace(long bytes)
    {
        if (bytes > settings.MaxBytes)
            return false;
        // Other processes write as well: after a twentieth of the allowed size, files are counted again.
        if (_bytes < 0 || _written > settings.MaxBytes / ExtraSpaceDivisor)
            Count();
        var missing = MissingBytes(bytes);
        if (missing > 0 && !_allInUse)
        {
            Evict(missing + settings.MaxBytes / ExtraSpaceDivisor);
            missing = MissingBytes(bytes);
            _allInUse = missing > 0;
        }
        if (missing > 0)
            return false;
        _bytes += bytes;
        _written += bytes;
        return true;
    }

    /// <summary>
    /// Removes files, least recently used first and including those in use, until the given number of bytes is freed or no file is
    /// left.
    /// </summary>
    /// <returns>Bytes that were freed.</returns>
    public static long Shrink(FeatureDiskSettings settings, long bytes)
    {
        var freed = 0L;
        try
        {
            foreach (var (path, size, _) in new FeatureFolder(settings).Files().OrderBy(f => f.Used))
            {
                if (freed >= bytes)
                    break;
                File.Delete(path);
                freed += size;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's file, or a removed folder: what has been freed counts.
        }
        return freed;
    }

    /// <summary>Marks a file as used, so that it is kept longer than others.</summary>
    public static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile, or another user's file: it only counts as older than it is.
        }
    }

    private long MissingBytes(long bytes) =>
        Math.Max(_bytes + bytes - settings.MaxBytes, settings.ReserveBytes + bytes - _freeBytes(settings.Folder));

    private void Evict(long bytes)
    {
        var freed = 0L;
        foreach (var (path, size, _) in Files().Where(f => f.Used < _opened).OrderBy(f => f.Used))
        {
            if (freed >= bytes)
                break;
            File.Delete(path);
            freed += size;
        }
        Count();
    }

    private List<(string Path, long Bytes, DateTime Used)> Files()
    {
        var files = new List<(string, long, DateTime)>();
        foreach (var file in new DirectoryInfo(settings.Folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                if (file.Name.EndsWith(Ending, StringComparison.Ordinal))
                    files.Add((file.FullName, file.Length, file.LastWriteTimeUtc));
                else if (
                    file.Name.EndsWith(TemporaryEnding, StringComparison.Ordinal)
                    && DateTime.UtcNow - file.LastWriteTimeUtc > MaxWriteTime
                )
                    file.Delete();
            }
            catch (FileNotFoundException)
            {
                // Another process freed space at this moment.
            }
        }
        return files;
    }
}
