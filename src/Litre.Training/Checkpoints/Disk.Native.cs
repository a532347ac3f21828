using System.Runtime.InteropServices;

namespace Litre.Training.Checkpoints;

/// <content>The C library's calls that .NET does not offer. Flags are those that x64 and arm64 share, but for one.</content>
internal sealed partial class Disk
{
    private const string Library = "libc";
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExec = 0x80000;
    private const int OpenDirectX64 = 0x4000;
    private const int OpenDirectArm64 = 0x10000;
    private const int CurrentFolder = -100;
    private const uint RenameExchange = 2;
    private const int AdviceDontNeed = 4;
    private const int ErrorInvalid = 22;
    private const int ErrorNotSupported = 95;

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string added);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    private static partial int Advise(int descriptor, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
