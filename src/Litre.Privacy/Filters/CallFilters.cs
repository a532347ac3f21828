using Litre.Privacy.Native;

namespace Litre.Privacy.Filters;

/// <summary>The filters that commands run under.</summary>
internal static class CallFilters
{
    private const uint UnixSockets = 1;
    private const uint Internet = 2;
    private const uint Internet6 = 10;
    private const uint KernelSockets = 16;
    private const uint Stream = 1;
    private const uint FastOpen = 0x20000000; // connects without the call of that name

    // O_WRONLY, O_RDWR, O_CREAT and O_TRUNC; the same on both architectures.
    private const uint WritingFlags = 1 | 2 | 0x40 | 0x200;

    private static readonly SystemCall[] Always =
    [
        SystemCall.Socket,
        SystemCall.Connect,
        SystemCall.Bind,
        SystemCall.SendMessage,
        SystemCall.SendMessages,
        SystemCall.OpenAt2,
        SystemCall.OpenByHandle,
        SystemCall.Create,
        SystemCall.Rename,
        SystemCall.RenameAt,
        SystemCall.RenameAt2,
        SystemCall.Unlink,
        SystemCall.UnlinkAt,
        SystemCall.RemoveFolder,
        SystemCall.MakeFolder,
        SystemCall.MakeFolderAt,
        SystemCall.Link,
        SystemCall.LinkAt,
        SystemCall.SymbolicLink,
        SystemCall.SymbolicLinkAt,
        SystemCall.MakeNode,
        SystemCall.MakeNodeAt,
        SystemCall.Truncate,
        SystemCall.Execute,
        SystemCall.ExecuteAt,
        SystemCall.RingSetup,
    ];

    /// <summary>
    /// Asks the tracer about every call that reaches a network, changes a file or starts a program. Reading a file and all other calls
    /// are as fast as without a filter.
    /// </summary>
    public static BpfInstruction[] Trace(KernelTable kernel)
    {
        var filter = new FilterBuilder(kernel)
            .OnBits(SystemCall.Open, argument: 1, WritingFlags, FilterResult.Ask)
            .OnBits(SystemCall.OpenAt, argument: 2, WritingFlags, FilterResult.Ask)
            .OnPointer(SystemCall.SendTo, argument: 4, FilterResult.Ask);
        foreach (var call in Always)
            filter.On(call, FilterResult.Ask);
        return filter.Build();
    }

    /// <summary>Ends a process that creates any socket but a Unix or a kernel socket.</summary>
    public static BpfInstruction[] Refuse(KernelTable kernel) =>
        new FilterBuilder(kernel)
            .Unless(SystemCall.Socket, argument: 0, [UnixSockets, KernelSockets], FilterResult.Kill)
            .On(SystemCall.RingSetup, FilterResult.Fail(ErrorNumber.NotPermitted))
            .Build();

    /// <summary>
    /// For a server: TCP sockets exist but can only accept, because connecting fails, also with TCP fast open. There are no datagrams.
    /// </summary>
    public static BpfInstruction[] RefuseOutgoing(KernelTable kernel)
    {
        var refused = FilterResult.Fail(ErrorNumber.NotPermitted);
        return new FilterBuilder(kernel)
            // .NET creates a datagram socket to find out which families there are.
            .OnSocket([UnixSockets, KernelSockets], [Internet, Internet6], Stream, refused, FilterResult.Kill)
            .On(SystemCall.Connect, refused)
            .OnBits(SystemCall.SendTo, argument: 3, FastOpen, FilterResult.Kill)
            .OnBits(SystemCall.SendMessage, argument: 2, FastOpen, FilterResult.Kill)
            .OnBits(SystemCall.SendMessages, argument: 3, FastOpen, FilterResult.Kill)
            .On(SystemCall.RingSetup, refused)
            .Build();
    }
}
