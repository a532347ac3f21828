using System.Runtime.InteropServices;

namespace Litre.Training.Checkpoints;

/// <content>Calls of the C library that .NET does not offer. The flags have the same values on x64 and arm64.</content>
internal sealed partial class DurableFileSystem
{
    private const string Library = "libc";
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExec = 0x80000;
    private const int CurrentFolder = -100;
    private const uint RenameExchange = 2;
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

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
