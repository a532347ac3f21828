using Litre.Core.Files;

namespace Litre.Inference.Features;

/// <summary>
/// The files of a <see cref="FeatureDisk"/> and the room that they take. What makes room is the oldest first, by the last
/// use, but nothing that was used since this was opened: images of a run that do not all fit would else push each other out
/// before their next turn. Other processes may write and delete at the same time. Not thread-safe.
/// </summary>
/// <param name="settings">The place and its limits.</param>
/// <param name="freeBytes">Tells the disk's free bytes; another than the system in tests.</param>
internal sealed class FeatureFolder(FeatureDiskSettings settings, Func<string, long>? freeBytes = null)
{
    public const string Ending = ".features";
    private const string TemporaryEnding = ".tmp";
    private static readonly TimeSpan MaxWriteTime = TimeSpan.FromHours(1);

    // Room is made for more than one file, since the folder is looked through for it.
    private const int ExtraSpaceDivisor = 20;

    private readonly Func<string, long> _freeBytes = freeBytes ?? DiskSpace.FreeBytes;
    private readonly DateTime _opened = DateTime.UtcNow;
    private long _bytes = -1;
    private long _written;
    private bool _allInUse;

    public static string PathOf(string folder, string key) => Path.Combine(folder, key[..2], key + Ending);

    /// <summary>A name for a file that is not complete, beside where it will stand.</summary>
    public static string Temporary(string path) => $"{path}.{Guid.NewGuid():N}{TemporaryEnding}";

    /// <summary>Bytes of all files. Removes what killed processes left half written.</summary>
    public long Count()
    {
        _bytes = Files().Sum(f => f.Bytes);
        _written = 0;
        return _bytes;
    }

    /// <summary>Makes room for a file; false where there is none without touching what is in use, or what must stay free.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public bool EnsureSpace(long bytes)
    {
        if (bytes > settings.MaxBytes)
            return false;
        // Others write as well: after a twentieth of what is allowed it is counted again.
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

    /// <summary>Removes files, the longest unused first, those in use too, until so many bytes are freed or none is left.</summary>
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
            // Another user's, or a folder that is gone: what was freed is freed.
        }
        return freed;
    }

    /// <summary>Notes that a file was used, so that it stays longer than others.</summary>
    public static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile, or another user's: it only counts as older than it is.
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
                // Another process made room at this moment.
            }
        }
        return files;
    }
}
