using Litre.Core;
using Litre.Core.Json;
using Microsoft.Win32.SafeHandles;

namespace Litre.Model.Files;

/// <summary>
/// A file that is read once, in large blocks, and leaves nothing in the page cache, where it would occupy memory in addition to the
/// loaded weights. If direct reads are not possible, it is read through the cache and dropped from it after reading. Not thread-safe.
/// </summary>
internal sealed class BlockFile : IDisposable
{
    /// <summary>The alignment that direct reads require of position, length and address: the largest sector of today's disks.</summary>
    internal const int Alignment = 4096;

    private const int ErrorInvalid = 22;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly long _bytes;
    private bool _begun;

    /// <param name="path">The file's path, for messages.</param>
    /// <param name="opened">The file, already open; it is opened again, because the read method belongs to an open file.</param>
    /// <param name="bytes">Its length when its header was checked.</param>
    /// <param name="method">The best method that may be tried.</param>
    internal BlockFile(string path, SafeFileHandle opened, long bytes, ReadMethod method)
    {
        (_path, _bytes, Method) = (path, bytes, method);
        // By its descriptor: the name may refer to another file by now.
        var link = OperatingSystem.IsLinux() ? $"/proc/self/fd/{opened.DangerousGetHandle()}" : path;
        _handle = FileReading.Open(File.Exists(link) ? link : path);
    }

    /// <summary>How it is read; differs from the requested method if that turned out to be impossible.</summary>
    internal ReadMethod Method { get; private set; }

    /// <summary>Why direct reads are not possible, if they were requested.</summary>
    internal string? DirectReadFailure { get; private set; }

    /// <summary>Reads <paramref name="bytes"/> from <paramref name="start"/> on.</summary>
    /// <param name="start">A multiple of <see cref="Alignment"/>.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="buffer">Aligned, with space for as many rounded up to whole sectors.</param>
    /// <exception cref="InputException">The file cannot be read, or is shorter than it was.</exception>
    internal unsafe void Read(long start, int bytes, nint buffer)
    {
        if (start % Alignment != 0 || buffer % Alignment != 0)
            throw new ArgumentException($"byte {start} or address {buffer:X} is not aligned to {Alignment}");
        if (!_begun)
            Begin();
        var room = RoundUp(bytes);
        for (var done = 0; done < bytes; )
        {
            try
            {
                var read = RandomAccess.Read(_handle, new Span<byte>((byte*)buffer + done, room - done), start + done);
                if (read == 0)
                    throw FileReading.Ended(_path, start + done, bytes - done);
                done += read;
            }
            catch (IOException e) when (Method == ReadMethod.Direct && e.HResult == ErrorInvalid)
            {
                // Some file systems accept the flag and refuse the read.
                if (PageCache.SetDirect(_handle, false) is { } reason)
                    throw new IOException($"{_path}: direct reads cannot be disabled: {reason}", e);
                FallBack("the file system refuses them");
            }
            catch (IOException e)
            {
                throw FileReading.Failed(_path, start + done, e);
            }
        }
        // From the start, because a page that was read only partially before is still cached.
        if (Method == ReadMethod.Dropping)
            PageCache.Drop(_handle, start + bytes);
    }

    /// <summary>Checks at the end that the file is still as long as it was, and drops what is left of it.</summary>
    /// <exception cref="InputException">The length has changed.</exception>
    internal void Finish()
    {
        var found = RandomAccess.GetLength(_handle);
        if (found != _bytes)
            throw new InputException(
                $"{_path}: has {found} bytes now but had {_bytes} when it was opened, so it was changed while in use; "
                    + "wait until it is complete, or download it again"
            );
        PageCache.Drop(_handle);
    }

    public void Dispose() => _handle.Dispose();

    internal static int RoundUp(int bytes) => checked((bytes + Alignment - 1) / Alignment * Alignment);

    internal static long RoundDown(long bytes) => bytes / Alignment * Alignment;

    private void Begin()
    {
        _begun = true;
        // Pages that other programs left in the cache would also occupy memory.
        PageCache.Drop(_handle);
        if (Method != ReadMethod.Direct)
            FallBack(null);
        else if (PageCache.SetDirect(_handle, true) is { } reason)
            FallBack(reason);
    }

    private void FallBack(string? obstacle)
    {
        DirectReadFailure = obstacle;
        Method = Method == ReadMethod.Cached || !PageCache.ReadAhead(_handle) ? ReadMethod.Cached : ReadMethod.Dropping;
    }
}
