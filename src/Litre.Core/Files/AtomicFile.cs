using System.Globalization;
using System.Text;

namespace Litre.Core.Files;

/// <summary>
/// Writes a file so that its name never refers to an incomplete one: under a temporary name next to the target, flushed to
/// the disk, then renamed over the target. On any failure the temporary file is removed and the old content stays.
/// </summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Writes what <paramref name="write"/> produces; <paramref name="neededBytes"/> is its size, for the check of free space.
    /// </summary>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written.</exception>
    public static void Write(string path, long neededBytes, Action<Stream> write) => Write(path, neededBytes, write, DiskSpace.FreeBytes);

    /// <summary>Writes a text file in UTF-8 without a byte order mark.</summary>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written.</exception>
    public static void WriteText(string path, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write(path, bytes.Length, stream => stream.Write(bytes));
    }

    internal static void Write(string path, long neededBytes, Action<Stream> write, Func<string, long> freeBytes)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            CheckSpace(path, neededBytes, freeBytes(folder));
            var options = PrivateFiles.Writing(FileMode.CreateNew, FileShare.None);
            options.BufferSize = BufferBytes;
            using (var stream = new FileStream(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (IOException e) when (DiskSpace.IsFull(e))
        {
            throw Full(path, neededBytes, freeBytes(folder), e);
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: writing failed ({e.Message}); check the disk and the path", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(
                $"{path}: no permission to write ({e.Message}); check the folder's permissions or choose another folder",
                e
            );
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    /// <summary>Refuses to start a write for which the disk has not enough free space.</summary>
    public static void CheckSpace(string path, long neededBytes, long freeBytes)
    {
        if (neededBytes > freeBytes)
            throw Full(path, neededBytes, freeBytes, null);
    }

    private static DiskFullException Full(string path, long needed, long free, Exception? inner)
    {
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: the disk is full: {needed} bytes needed ({Gib(needed):F2} GiB), {free} free ({Gib(free):F2} "
                + $"GiB); free space or choose another folder"
        );
        return inner is null ? new DiskFullException(message) : new DiskFullException(message, inner);
    }

    private static double Gib(long bytes) => bytes / (double)(1L << 30);
}

/// <summary>A file system has not enough free space for a file; no incomplete file was left.</summary>
public sealed class DiskFullException : InputException
{
    public DiskFullException(string message)
        : base(message) { }

    public DiskFullException(string message, Exception inner)
        : base(message, inner) { }
}
