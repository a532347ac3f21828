using System.Diagnostics;
using System.Runtime.InteropServices;
using Litre.Model.Files;

namespace Litre.Machine.Doctor;

/// <summary>The rate at which a file was read from its disk, bypassing the page cache.</summary>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Seconds">Duration of reading.</param>
/// <param name="IsDirect">True for O_DIRECT; otherwise the page cache was dropped first, which a file system may ignore.</param>
/// <param name="WrittenBytesPerSecond">The rate at which the file was written, each block flushed to the disk; null if the file
/// existed.</param>
public sealed record ReadRate(long Bytes, double Seconds, bool IsDirect, double? WrittenBytesPerSecond)
{
    private const long MaxBytes = 256L << 20;
    private const int BlockBytes = 16 << 20; // large reads, as O_DIRECT requires
    private const int Alignment = 4096;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(4);

    public double BytesPerSecond => Bytes / Seconds;

    /// <summary>Reads the start of an existing file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReadRate OfFile(string path) => Read(path, Math.Min(new FileInfo(path).Length, MaxBytes), null);

    /// <summary>Writes a file into a folder and reads it again. Its name is removed before, so that no file remains.</summary>
    /// <exception cref="IOException">It cannot be written or read.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to write to the folder.</exception>
    public static ReadRate OfFolder(string folder)
    {
        var path = Path.Combine(folder, $".litre-doctor-{Guid.NewGuid():N}.tmp");
        using var stream = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete,
            0,
            FileOptions.WriteThrough
        );
        File.Delete(path);
        var block = GC.AllocateUninitializedArray<byte>(BlockBytes);
        var clock = Stopwatch.StartNew();
        var writing = TimeSpan.Zero;
        while (stream.Length < MaxBytes && clock.Elapsed < TimeLimit)
        {
            // Numbers that no file system compresses.
            Random.Shared.NextBytes(block);
            var begin = clock.Elapsed;
            stream.Write(block);
            writing += clock.Elapsed - begin;
        }
        stream.Flush(flushToDisk: true);
        return Read($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}", stream.Length, stream.Length / writing.TotalSeconds);
    }

    private static ReadRate Read(string path, long bytes, double? written)
    {
        try
        {
            return Read(path, bytes, written, direct: true);
        }
        catch (IOException)
        {
            // Some file systems let a file be opened for direct reads and then refuse them.
            return Read(path, bytes, written, direct: false);
        }
    }

    private static unsafe ReadRate Read(string path, long bytes, double? written, bool direct)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        PageCache.Drop(handle);
        direct = direct && PageCache.SetDirect(handle, true) is null;
        var block = (byte*)NativeMemory.AlignedAlloc(BlockBytes, Alignment);
        try
        {
            var clock = Stopwatch.StartNew();
            var read = 0L;
            while (read < bytes && clock.Elapsed < TimeLimit)
            {
                var got = RandomAccess.Read(handle, new Span<byte>(block, BlockBytes), read);
                read += got;
                // The end, or an offset at which no direct read may start.
                if (got == 0 || got % Alignment != 0)
                    break;
            }
            if (read == 0)
                throw new IOException($"{path} gave nothing");
            return new ReadRate(read, clock.Elapsed.TotalSeconds, direct, written);
        }
        finally
        {
            NativeMemory.AlignedFree(block);
        }
    }
}
