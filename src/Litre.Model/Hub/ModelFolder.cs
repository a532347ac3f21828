using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>Resolves what users give as a model.</summary>
public static class ModelFolder
{
    private const int MaxPointerBytes = 1024;

    private static ReadOnlySpan<byte> PointerStart => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>
    /// The folder that contains the model's files: the snapshot if a folder of the hub's cache is given, otherwise the given text
    /// itself, which may be the name of a published size.
    /// </summary>
    /// <exception cref="InputException">The hub's cache does not contain the whole model, or files are Git LFS pointers.</exception>
    public static string Resolve(string path)
    {
        if (path.Length == 0)
            return path;
        var folder = HubCache.Resolve(path);
        if (!Directory.Exists(folder))
            return folder;
        var pointers = Directory.EnumerateFiles(folder).Where(IsPointer).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        if (pointers.Count == 0)
            return folder;
        var found = pointers.Count > 1 ? $" and {pointers.Count - 1} more files are Git LFS pointers" : " is a Git LFS pointer";
        throw new InputException(
            $"{folder}: {pointers[0]}{found}, not the content; run `git lfs pull` in the folder, or download the model "
                + "with litre model get"
        );
    }

    private static bool IsPointer(string path)
    {
        try
        {
            if (new FileInfo(path).Length is < 100 or > MaxPointerBytes)
                return false;
            Span<byte> head = stackalloc byte[PointerStart.Length];
            using var file = File.OpenHandle(path);
            return RandomAccess.Read(file, head, 0) == head.Length && head.SequenceEqual(PointerStart);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // the code that reads it reports why
        }
    }
}
