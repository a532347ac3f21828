using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Litre.Model.Files;

/// <summary>Linux calls about a file's pages that .NET does not offer.</summary>
public static partial class PageCache
{
    private const string Library = "libc";
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int AdviceSequential = 2;
    private const int AdviceDontNeed = 4;

    /// <summary>The kernel's O_DIRECT, whose value depends on the processor: 0 if it is not known.</summary>
    internal static int DirectFlag =>
        RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 or Architecture.X86 or Architecture.RiscV64 or Architecture.LoongArch64 or Architecture.S390x => 0x4000,
            Architecture.Arm64 or Architecture.Arm => 0x10000,
            Architecture.Ppc64le => 0x20000,
            _ => 0,
        };

    /// <summary>Switches direct reads on or off for an open file; returns the reason if that is impossible.</summary>
    public static string? SetDirect(SafeFileHandle handle, bool on)
    {
        if (!OperatingSystem.IsLinux() || DirectFlag == 0)
            return "not supported on this system";
        var flags = Control(handle, GetFlags, 0);
        if (flags >= 0 && Control(handle, SetFlags, on ? flags | DirectFlag : flags & ~DirectFlag) == 0)
            return null;
        return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    /// <summary>Advises the system that a file will be read sequentially. False if the system does not accept it.</summary>
    internal static bool ReadAhead(SafeFileHandle handle) => OperatingSystem.IsLinux() && Advise(handle, 0, 0, AdviceSequential) == 0;

    /// <summary>Drops a file's first bytes from the page cache; 0 for all. Pages that are not written yet stay.</summary>
    public static void Drop(SafeFileHandle handle, long bytes = 0)
    {
        // Only advice: without it, the kernel drops the pages when it needs memory.
        if (OperatingSystem.IsLinux())
            _ = Advise(handle, 0, bytes, AdviceDontNeed);
    }

    // The C function takes any number of arguments, which Linux passes like any others on x64 and arm64.
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle descriptor, long offset, long length, int advice);
}
