using Microsoft.Win32.SafeHandles;

namespace Litre.Core.Json;

/// <summary>Opening and positioned reading with messages a user can act on.</summary>
public static class FileReading
{
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file; check the path", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(
                $"{path}: {(Directory.Exists(path) ? "is a folder, expected a file" : "may not be read; check its permissions")}",
                e
            );
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; safe from several threads at once.</summary>
    public static void ReadExactly(SafeFileHandle handle, string path, Span<byte> destination, long offset)
    {
        while (destination.Length > 0)
        {
            int read;
            try
            {
                read = RandomAccess.Read(handle, destination, offset);
            }
            catch (IOException e)
            {
                throw Failed(path, offset, e);
            }
            if (read == 0)
                throw Ended(path, offset, destination.Length);
            destination = destination[read..];
            offset += read;
        }
    }

    public static InputException Failed(string path, long offset, IOException e) =>
        new($"{path}: reading at byte {offset} failed ({e.Message}); check the disk, then copy the file again", e);

    public static InputException Ended(string path, long offset, long missing) =>
        new(
            $"{path}: the file ends at byte {offset} although {missing} more were expected; it was changed while in use; download it again"
        );

    public static string ReadText(string path)
    {
        using var handle = Open(path);
        using var stream = new FileStream(handle, FileAccess.Read);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
