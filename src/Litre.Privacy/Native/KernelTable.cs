using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Privacy.Native;

/// <summary>How the kernel numbers system calls on one processor architecture.</summary>
internal sealed class KernelTable
{
    // Numbers of x64 and arm64; -1 where the architecture has the newer call only.
    private static readonly (SystemCall Call, int X64, int Arm64)[] Numbers =
    [
        (SystemCall.Socket, 41, 198),
        (SystemCall.Connect, 42, 203),
        (SystemCall.Bind, 49, 200),
        (SystemCall.SendTo, 44, 206),
        (SystemCall.SendMessage, 46, 211),
        (SystemCall.SendMessages, 307, 269),
        (SystemCall.Open, 2, -1),
        (SystemCall.OpenAt, 257, 56),
        (SystemCall.OpenAt2, 437, 437),
        (SystemCall.OpenByHandle, 304, 265),
        (SystemCall.Create, 85, -1),
        (SystemCall.Rename, 82, -1),
        (SystemCall.RenameAt, 264, 38),
        (SystemCall.RenameAt2, 316, 276),
        (SystemCall.Unlink, 87, -1),
        (SystemCall.UnlinkAt, 263, 35),
        (SystemCall.RemoveFolder, 84, -1),
        (SystemCall.MakeFolder, 83, -1),
        (SystemCall.MakeFolderAt, 258, 34),
        (SystemCall.Link, 86, -1),
        (SystemCall.LinkAt, 265, 37),
        (SystemCall.SymbolicLink, 88, -1),
        (SystemCall.SymbolicLinkAt, 266, 36),
        (SystemCall.MakeNode, 133, -1),
        (SystemCall.MakeNodeAt, 259, 33),
        (SystemCall.Truncate, 76, 45),
        (SystemCall.Execute, 59, 221),
        (SystemCall.ExecuteAt, 322, 281),
        (SystemCall.RingSetup, 425, 425),
    ];

    private readonly FrozenDictionary<int, SystemCall> _calls;

    private KernelTable(uint architecture, bool hasSecondTable, int filter, Func<(SystemCall Call, int X64, int Arm64), int> number)
    {
        (Architecture, HasSecondTable, FilterCall) = (architecture, hasSecondTable, filter);
        _calls = Numbers.Where(entry => number(entry) >= 0).ToFrozenDictionary(number, entry => entry.Call);
        Calls = _calls.ToFrozenDictionary(entry => entry.Value, entry => entry.Key);
    }

    public static KernelTable X64 { get; } = new(0xC000003E, true, 317, entry => entry.X64);

    public static KernelTable Arm64 { get; } = new(0xC00000B7, false, 277, entry => entry.Arm64);

    /// <summary>That of this process.</summary>
    /// <exception cref="InputException">The processor is neither x64 nor arm64, or the system is not Linux.</exception>
    public static KernelTable Current =>
        (OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture) switch
        {
            (true, System.Runtime.InteropServices.Architecture.X64) => X64,
            (true, System.Runtime.InteropServices.Architecture.Arm64) => Arm64,
            _ => throw new InputException(
                $"this is {RuntimeInformation.OSDescription} on {RuntimeInformation.ProcessArchitecture}; "
                    + "the proof needs Linux on x64 or arm64"
            ),
        };

    /// <summary>The kernel's constant for the architecture (AUDIT_ARCH).</summary>
    public uint Architecture { get; }

    /// <summary>Whether the same architecture constant has a second set of numbers, from 2^30 (x32).</summary>
    public bool HasSecondTable { get; }

    /// <summary>The number of <c>seccomp</c>, for which the C library has no function.</summary>
    public int FilterCall { get; }

    /// <summary>The numbers of the calls that the architecture has.</summary>
    public FrozenDictionary<SystemCall, int> Calls { get; }

    /// <summary>The call of a number; null if it is none of those that the filters look at.</summary>
    public SystemCall? CallOf(int number) => _calls.TryGetValue(number, out var call) ? call : null;
}
