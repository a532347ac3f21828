using System.Buffers.Binary;
using System.Text;
using Litre.Core.Files;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tracing;

/// <summary>Reads what a call asks for from its arguments and the memory of the process.</summary>
internal static class CallDecoder
{
    /// <summary>Stands for the current folder in calls that take the descriptor of a folder.</summary>
    public const int CurrentFolder = -100;

    private const int CreateFlag = 0x40;
    private const int WritingFlags = 1 | 2 | CreateFlag | 0x200;
    private const int LongestPath = 4096;
    private const string KernelFolder = "/proc/";

    private static readonly string[] DescriptorFolders = ["/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"];

    /// <summary>Decodes one call.</summary>
    /// <param name="call">Which call.</param>
    /// <param name="a">Its six arguments.</param>
    /// <param name="process">The process that made it.</param>
    public static CallReading Decode(SystemCall call, ReadOnlySpan<ulong> a, ITracee process) =>
        call switch
        {
            SystemCall.Socket => SocketCalls.Create((int)a[0], (int)a[1]),
            SystemCall.Connect => SocketCalls.Address(NetworkAction.Connect, a[1], a[2], process),
            SystemCall.Bind => SocketCalls.Address(NetworkAction.Listen, a[1], a[2], process),
            SystemCall.SendTo => SocketCalls.Address(NetworkAction.Send, a[4], a[5], process),
            SystemCall.SendMessage => SocketCalls.Messages(a[1], 1, process),
            SystemCall.SendMessages => SocketCalls.Messages(a[1], a[2], process),
            SystemCall.Open => Opening(CurrentFolder, a[0], (int)a[1], process),
            SystemCall.OpenAt => Opening((int)a[0], a[1], (int)a[2], process),
            SystemCall.OpenAt2 => Opening((int)a[0], a[1], Flags(a[2], process), process),
            SystemCall.OpenByHandle => ((int)a[2] & WritingFlags) != 0
                ? CallReading.Of(new FileChange(FileAction.Unknown, "(a file given by its handle)"))
                : CallReading.Nothing,
            SystemCall.Create => Opening(CurrentFolder, a[0], WritingFlags, process),
            SystemCall.Rename => Renaming(CurrentFolder, a[0], CurrentFolder, a[1], process),
            SystemCall.RenameAt or SystemCall.RenameAt2 => Renaming((int)a[0], a[1], (int)a[2], a[3], process),
            SystemCall.Unlink or SystemCall.RemoveFolder => Change(FileAction.Delete, CurrentFolder, a[0], process),
            SystemCall.UnlinkAt => Change(FileAction.Delete, (int)a[0], a[1], process),
            SystemCall.MakeFolder => Change(FileAction.MakeFolder, CurrentFolder, a[0], process),
            SystemCall.MakeFolderAt => Change(FileAction.MakeFolder, (int)a[0], a[1], process),
            SystemCall.Link => Change(FileAction.MakeLink, CurrentFolder, a[1], process),
            SystemCall.LinkAt => Change(FileAction.MakeLink, (int)a[2], a[3], process),
            SystemCall.SymbolicLink => Change(FileAction.MakeLink, CurrentFolder, a[1], process),
            SystemCall.SymbolicLinkAt => Change(FileAction.MakeLink, (int)a[1], a[2], process),
            SystemCall.MakeNode => Change(FileAction.MakeLink, CurrentFolder, a[0], process),
            SystemCall.MakeNodeAt => Change(FileAction.MakeLink, (int)a[0], a[1], process),
            SystemCall.Truncate => Change(FileAction.Write, CurrentFolder, a[0], process),
            SystemCall.Execute => Starting(CurrentFolder, a[0], process),
            SystemCall.ExecuteAt => Starting((int)a[0], a[1], process),
            // Its requests pass no filter.
            SystemCall.RingSetup => CallReading.Nothing with { Error = ErrorNumber.NotPermitted },
            _ => CallReading.Nothing,
        };

    private static CallReading Opening(int folder, ulong name, int flags, ITracee process)
    {
        if ((flags & WritingFlags) == 0)
            return CallReading.Nothing;
        if (Resolve(folder, name, process) is not { } named)
            return CallReading.Of(new FileChange(FileAction.Unknown, "(a path that could not be read)"));
        var path = Target(named, process);
        var isNew = (flags & CreateFlag) != 0 && !process.Exists(path);
        return CallReading.Of(new FileChange(isNew ? FileAction.Create : FileAction.Write, path));
    }

    private static CallReading Renaming(int fromFolder, ulong from, int toFolder, ulong to, ITracee process) =>
        CallReading.Of([
            .. Change(FileAction.RenameFrom, fromFolder, from, process).Changes,
            .. Change(FileAction.RenameTo, toFolder, to, process).Changes,
        ]);

    private static CallReading Change(FileAction action, int folder, ulong name, ITracee process) =>
        CallReading.Of(
            Resolve(folder, name, process) is { } path
                ? new FileChange(action, path)
                : new FileChange(FileAction.Unknown, "(a path that could not be read)")
        );

    private static CallReading Starting(int folder, ulong name, ITracee process) =>
        CallReading.Nothing with
        {
            Program = Resolve(folder, name, process) ?? "(a path that could not be read)",
        };

    // The first field of the kernel's struct open_how.
    private static int Flags(ulong address, ITracee process)
    {
        Span<byte> flags = stackalloc byte[sizeof(ulong)];
        return process.Read(address, flags) == flags.Length ? (int)BinaryPrimitives.ReadUInt64LittleEndian(flags) : WritingFlags;
    }

    private static string? Resolve(int folder, ulong address, ITracee process)
    {
        if (ReadText(address, process) is not { } name)
            return null;
        if (name.StartsWith('/'))
            return Real(name);
        if (process.FolderOf(folder) is not { } parent)
            return null;
        return name.Length == 0 ? parent : Real(Path.Combine(parent, name));
    }

    // The last part stays as it is: a link is deleted or renamed itself.
    private static string Real(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        // Links of the kernel lead where the process that follows them is.
        if (full.StartsWith(KernelFolder, StringComparison.Ordinal) || Path.GetDirectoryName(full) is not { } folder)
            return full;
        return Path.Combine(FolderNesting.ResolveLinks(folder), Path.GetFileName(full));
    }

    // What is opened is where a link leads, and an open file can be opened again by its descriptor.
    private static string Target(string path, ITracee process)
    {
        foreach (var prefix in DescriptorFolders)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(path.AsSpan(prefix.Length), out var descriptor))
                return process.FolderOf(descriptor) ?? path;
        }
        return path.StartsWith(KernelFolder, StringComparison.Ordinal) ? path : FolderNesting.ResolveLinks(path);
    }

    private static string? ReadText(ulong address, ITracee process)
    {
        if (address == 0)
            return null;
        var bytes = new byte[LongestPath];
        var read = process.Read(address, bytes);
        var end = bytes.AsSpan(0, read).IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(bytes, 0, end);
    }
}
