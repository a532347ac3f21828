using System.Runtime.InteropServices;

namespace Litre.Privacy.Native;

/// <summary>
/// Functions of the C library that .NET does not offer. Those that take any number of arguments receive them like any others on
/// Linux, on x64 and arm64.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int Terminate = 15;

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int Control(int option, nuint a, nuint b = 0, nuint c = 0, nuint d = 0);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint a, nint b, void* c);

    // Searches the PATH, and passes the environment on.
    [LibraryImport(Library, EntryPoint = "execvp", SetLastError = true)]
    public static partial int Execute(byte* program, byte** arguments);

    [LibraryImport(Library, EntryPoint = "signal")]
    public static partial nint SetSignal(int signal, nint handler);

    [LibraryImport(Library, EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int DeviceControl(int descriptor, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint Send(int socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint Receive(int socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "process_vm_readv", SetLastError = true)]
    public static partial nint ReadMemory(int process, Extent* local, nuint locals, Extent* remote, nuint remotes, nuint flags);

    /// <summary>What the last call of this thread that failed reported.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>The text of an error number.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}

/// <summary>The kernel's <c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public const short Readable = 1;
    public const short Failed = 8;
    public const short HungUp = 16;

    public int Descriptor;
    public short Wanted;
    public short Found;
}

/// <summary>The kernel's <c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Extent
{
    public nuint Address;
    public nuint Bytes;
}

/// <summary>The kernel's <c>struct msghdr</c> on 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameBytes;
    public Extent* Parts;
    public nuint PartCount;
    public void* Extra;
    public nuint ExtraBytes;
    public int Flags;
}
