using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Litre.Core.Files;

/// <summary>A lock that one holder among all processes and threads of the machine has, until it is disposed or its process ends.</summary>
public sealed partial class FileLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private FileLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Waits for the lock. Do not call it on a thread that must not block.</summary>
    /// <param name="path">The lock's file, which is created if it does not exist, and stays. Its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to write it.</exception>
    public static FileLock Acquire(string path)
    {
        if (!OperatingSystem.IsLinux())
            return new FileLock(Poll(path));
        var handle = Open(path, ReadWrite | Create | CloseOnExec, OwnerOnly);
        if (handle.IsInvalid)
            throw Failed(path, Marshal.GetLastPInvokeError());
        while (Lock(handle, Exclusive) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            handle.Dispose();
            throw Failed(path, error);
        }
        return new FileLock(handle);
    }

    public void Dispose() => _handle.Dispose();

    // The kernel queues those who wait for flock. .NET's own locks only try once: a process that polls may never find a moment at
    // which a busy one has released the lock.
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const uint OwnerOnly = 0x180; // 0600
    private const int Exclusive = 2;
    private const int Interrupted = 4;
    private const int NoPermission = 13;
    private const int ReadOnlyFileSystem = 30;

    private static SafeFileHandle Poll(string path)
    {
        while (true)
        {
            try
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                Thread.Sleep(5);
            }
        }
    }

    private static Exception Failed(string path, int error)
    {
        var message = $"{path}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error is NoPermission or ReadOnlyFileSystem ? new UnauthorizedAccessException(message) : new IOException(message);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle handle, int operation);
}
