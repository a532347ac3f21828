using Litre.Training.Checkpoints;

namespace Litre.Training.Tuning;

/// <summary>The folder of a run as a whole.</summary>
public static class RunFolder
{
    /// <summary>Removes a folder that holds nothing but a lock: a run that ended before it began. Any other stays as it is.</summary>
    /// <param name="folder">The run's folder, which need not be there.</param>
    public static void RemoveUnused(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return;
            var entries = Directory.EnumerateFileSystemEntries(folder).ToList();
            if (entries.Count == 0 || entries.Any(e => !RunLock.IsOwn(Path.GetFileName(e)))) return;
            foreach (var entry in entries) File.Delete(entry);
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty folder does no harm.
        }
    }
}
