using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Litre.Machine.Doctor;

/// <summary>
/// Captures what native code writes to standard error while it is open, since libtorch reports only there why an
/// operator failed. If that is not possible, nothing is captured. Not thread-safe: there is one standard error.
/// </summary>
internal sealed partial class ErrorStream : IDisposable
{
    private const string Library = "libc";
    private const int StandardError = 2;

    private readonly int _saved = -1;
    private readonly FileStream? _caught;

    public ErrorStream()
    {
        // A file in memory, so that no folder has to be writable.
        if (CreateInMemory("litre-stderr", 0) is not (>= 0 and var descriptor))
            return;
        _caught = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.ReadWrite, 0);
        _saved = Duplicate(StandardError);
        if (_saved >= 0)
            _ = Duplicate(descriptor, StandardError);
    }

    /// <summary>What was written so far.</summary>
    public string Text()
    {
        if (_caught is null)
            return "";
        _caught.Position = 0;
        using var reader = new StreamReader(_caught, leaveOpen: true);
        return reader.ReadToEnd();
    }

    public void Dispose()
    {
        if (_saved >= 0)
        {
            _ = Duplicate(_saved, StandardError);
            _ = Close(_saved);
        }
        _caught?.Dispose();
    }

    [LibraryImport(Library, EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateInMemory(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport(Library, EntryPoint = "dup2")]
    private static partial int Duplicate(int descriptor, int target);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
