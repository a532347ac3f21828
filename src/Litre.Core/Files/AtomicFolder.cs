namespace Litre.Core.Files;

/// <summary>
/// Fills a folder so that its name never refers to an incomplete one: under a temporary name next to the target, then renamed.
/// </summary>
public static class AtomicFolder
{
    /// <param name="path">A folder that does not exist yet, or is empty; the user's <c>output</c>.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <param name="keep">Whether to keep what was written; if false, the folder is removed. Null to always keep it.</param>
    /// <exception cref="InputException">The target is in use, or cannot be written.</exception>
    public static T Write<T>(string path, Func<string, T> write, Func<T, bool>? keep = null)
    {
        if (path.Length == 0)
            throw new InputException("output", null, "is empty", "give a folder that does not exist yet");
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full))
            throw new InputException("output", path, "is a file", "give a folder that does not exist yet");
        if (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any())
            throw new InputException("output", path, "is not empty", "give a folder that does not exist yet");
        var temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.incomplete");
        try
        {
            // Left by a process that was killed.
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            var result = write(temporary);
            if (keep?.Invoke(result) == false)
                return result;
            if (Directory.Exists(full))
                Directory.Delete(full);
            Directory.Move(temporary, full);
            return result;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("output", path, $"cannot be written ({e.Message})", "choose another folder", e);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }
}
