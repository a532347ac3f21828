using Litre.Privacy.Filters;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tests.Filters;

public sealed class CallFiltersTests
{
    private const ulong Unix = 1;
    private const ulong Internet = 2;
    private const ulong Internet6 = 10;
    private const ulong Kernel = 16;
    private const ulong Packet = 17;
    private const ulong Stream = 1;
    private const ulong Datagram = 2;
    private const ulong CloseOnExecute = 0x80000;
    private const ulong FastOpen = 0x20000000;

    private static readonly uint Refused = FilterResult.Fail(ErrorNumber.NotPermitted);

    public static TheoryData<bool> Architectures => [true, false];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Trace_CallsThatReachOutOrChangeFiles_AreAskedAbout(bool isX64)
    {
        var kernel = Table(isX64);
        var filter = CallFilters.Trace(kernel);
        foreach (var call in kernel.Calls.Keys.Except([SystemCall.Open, SystemCall.OpenAt, SystemCall.SendTo]))
            Assert.Equal((call, FilterResult.Ask), (call, FilterRun.Of(filter, kernel, call)));
    }

    [Theory]
    [InlineData(0, false)] // for reading
    [InlineData(0x80000, false)] // and not inherited
    [InlineData(1, true)] // for writing
    [InlineData(2, true)] // for both
    [InlineData(0x40, true)] // created
    [InlineData(0x200, true)] // truncated
    public void Trace_OpenedFile_IsAskedAboutOnlyForWriting(ulong flags, bool isAsked)
    {
        foreach (var kernel in (KernelTable[])[KernelTable.X64, KernelTable.Arm64])
        {
            var filter = CallFilters.Trace(kernel);
            var expected = isAsked ? FilterResult.Ask : FilterResult.Allow;
            Assert.Equal(expected, FilterRun.Of(filter, kernel, SystemCall.OpenAt, 0, 1000, flags));
            if (kernel.Calls.ContainsKey(SystemCall.Open))
                Assert.Equal(expected, FilterRun.Of(filter, kernel, SystemCall.Open, 1000, flags));
        }
    }

    // A pointer may have a low word of zero.
    [Theory]
    [InlineData(0, false)]
    [InlineData(0x1000, true)]
    [InlineData(0x7f00000000, true)]
    public void Trace_SentData_IsAskedAboutOnlyWithAnAddress(ulong address, bool isAsked)
    {
        foreach (var kernel in (KernelTable[])[KernelTable.X64, KernelTable.Arm64])
            Assert.Equal(
                isAsked ? FilterResult.Ask : FilterResult.Allow,
                FilterRun.Of(CallFilters.Trace(kernel), kernel, SystemCall.SendTo, 3, 1000, 1, 0, address, 16)
            );
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Filters_CallOfAnotherArchitecture_IsRefused(bool isX64)
    {
        var kernel = Table(isX64);
        foreach (var filter in All(kernel))
        {
            Assert.Equal(Refused, FilterRun.Of(filter, Table(!isX64).Architecture, 0));
            Assert.Equal(FilterResult.Allow, FilterRun.Of(filter, kernel.Architecture, 0));
        }
    }

    // The second table of x64 has the same calls under other numbers.
    [Fact]
    public void Filters_CallOfTheSecondTable_IsRefused()
    {
        foreach (var filter in All(KernelTable.X64))
            Assert.Equal(
                Refused,
                FilterRun.Of(filter, KernelTable.X64.Architecture, 0x40000000 + KernelTable.X64.Calls[SystemCall.Connect])
            );
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Refuse_OnlyUnixAndKernelSockets_AreAllowed(bool isX64)
    {
        var kernel = Table(isX64);
        var filter = CallFilters.Refuse(kernel);
        Assert.Equal(FilterResult.Allow, Socket(filter, kernel, Unix, Stream));
        Assert.Equal(FilterResult.Allow, Socket(filter, kernel, Kernel, Datagram));
        Assert.Equal(FilterResult.Kill, Socket(filter, kernel, Internet, Stream));
        Assert.Equal(FilterResult.Kill, Socket(filter, kernel, Internet6, Datagram));
        Assert.Equal(FilterResult.Kill, Socket(filter, kernel, Packet, Datagram));
        Assert.Equal(Refused, FilterRun.Of(filter, kernel, SystemCall.RingSetup));
        Assert.Equal(FilterResult.Allow, FilterRun.Of(filter, kernel, SystemCall.OpenAt, 0, 1000, 1));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void RefuseOutgoing_TcpSockets_CanOnlyAccept(bool isX64)
    {
        var kernel = Table(isX64);
        var filter = CallFilters.RefuseOutgoing(kernel);
        foreach (var family in (ulong[])[Internet, Internet6])
        {
            Assert.Equal(FilterResult.Allow, Socket(filter, kernel, family, Stream | CloseOnExecute));
            Assert.Equal(Refused, Socket(filter, kernel, family, Datagram | CloseOnExecute));
        }
        Assert.Equal(FilterResult.Allow, Socket(filter, kernel, Unix, Datagram));
        Assert.Equal(FilterResult.Allow, Socket(filter, kernel, Kernel, Datagram));
        Assert.Equal(FilterResult.Kill, Socket(filter, kernel, Packet, Stream));
        Assert.Equal(Refused, FilterRun.Of(filter, kernel, SystemCall.Connect, 3, 1000, 16));
        Assert.Equal(FilterResult.Allow, FilterRun.Of(filter, kernel, SystemCall.Bind, 3, 1000, 16));
        Assert.Equal(FilterResult.Kill, FilterRun.Of(filter, kernel, SystemCall.SendTo, 3, 1000, 1, FastOpen));
        Assert.Equal(FilterResult.Kill, FilterRun.Of(filter, kernel, SystemCall.SendMessage, 3, 1000, FastOpen));
        Assert.Equal(FilterResult.Kill, FilterRun.Of(filter, kernel, SystemCall.SendMessages, 3, 1000, 1, FastOpen));
        Assert.Equal(FilterResult.Allow, FilterRun.Of(filter, kernel, SystemCall.SendTo, 3, 1000, 1, 0));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Filters_EveryJump_StaysInTheProgram(bool isX64)
    {
        foreach (var filter in All(Table(isX64)))
        {
            Assert.Equal(BpfInstruction.Return, filter[^1].Code);
            for (var i = 0; i < filter.Length; i++)
                Assert.InRange(
                    i + 1 + Math.Max(filter[i].Then, filter[i].Else),
                    0,
                    filter.Length - (filter[i].Code == BpfInstruction.Return ? 0 : 1)
                );
        }
    }

    private static KernelTable Table(bool isX64) => isX64 ? KernelTable.X64 : KernelTable.Arm64;

    private static BpfInstruction[][] All(KernelTable kernel) =>
        [CallFilters.Trace(kernel), CallFilters.Refuse(kernel), CallFilters.RefuseOutgoing(kernel)];

    private static uint Socket(BpfInstruction[] filter, KernelTable kernel, ulong family, ulong type) =>
        FilterRun.Of(filter, kernel, SystemCall.Socket, family, type, 0);
}
