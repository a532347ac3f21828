using System.Collections.Concurrent;
using Litre.Core.Files;

namespace Litre.Access.Keys;

/// <summary>
/// When keys were last used: the times of empty files, so that a request neither rewrites the file of the keys nor waits for a lock.
/// A time that cannot be written is lost, because a request must not fail for it.
/// </summary>
internal sealed class KeyUses(string folder)
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTime> _recorded = [];

    public void Record(string id)
    {
        var now = DateTime.UtcNow;
        if (_recorded.TryGetValue(id, out var last) && now - last < Resolution)
            return;
        _recorded[id] = now;
        try
        {
            PrivateFiles.CreateFolder(folder);
            var file = FileOf(id);
            new FileStream(file, PrivateFiles.Writing(FileMode.OpenOrCreate, FileShare.ReadWrite)).Dispose();
            File.SetLastWriteTimeUtc(file, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The summary says why.
        }
    }

    public DateTimeOffset? Last(string id)
    {
        var file = new FileInfo(FileOf(id));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    public void Forget(string id)
    {
        _recorded.TryRemove(id, out _);
        try
        {
            File.Delete(FileOf(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file of an unknown key means nothing.
        }
    }

    private string FileOf(string id) => Path.Combine(folder, id);
}
