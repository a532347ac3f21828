using System.Buffers.Binary;
using Litre.Privacy.Native;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Tests.Tracing;

public sealed class CallDecoderTests
{
    private const ulong Here = unchecked((ulong)CallDecoder.CurrentFolder);
    private const ulong Write = 1;
    private const ulong Create = 0x41;

    private readonly FakeTracee _process = new();

    [Theory]
    [InlineData("192.0.2.1:443", NetworkReach.Outside)]
    [InlineData("[2001:db8::1]:443", NetworkReach.Outside)]
    [InlineData("192.168.1.20:80", NetworkReach.Outside)]
    [InlineData("[fe80::1]:80", NetworkReach.Outside)]
    [InlineData("[::ffff:192.0.2.1]:443", NetworkReach.Outside)]
    [InlineData("127.0.0.1:8000", NetworkReach.Loopback)]
    [InlineData("127.8.8.8:8000", NetworkReach.Loopback)]
    [InlineData("[::1]:8000", NetworkReach.Loopback)]
    [InlineData("[::ffff:127.0.0.1]:8000", NetworkReach.Loopback)]
    [InlineData("0.0.0.0:8000", NetworkReach.Loopback)]
    [InlineData("198.51.100.1:53", NetworkReach.NameLookup)]
    [InlineData("127.0.0.53:53", NetworkReach.NameLookup)]
    [InlineData("224.0.0.251:5353", NetworkReach.NameLookup)]
    public void Connect_Address_ReachesAsFarAsItGoes(string address, NetworkReach reach)
    {
        var bytes = FakeTracee.Address(address);
        var reading = Decode(SystemCall.Connect, 3, _process.Put(bytes), (ulong)bytes.Length);
        Assert.Equal(reach, reading.Network!.Reach);
        Assert.Equal(NetworkAction.Connect, reading.Network.Action);
        Assert.Equal(address, reading.Network.Address);
        Assert.Equal(reach != NetworkReach.Loopback, reading.Network.IsRefused);
        Assert.Equal(reach == NetworkReach.Loopback ? 0 : ErrorNumber.NetworkUnreachable, reading.Error);
    }

    [Theory]
    [InlineData("127.0.0.1:0", NetworkReach.Loopback)]
    [InlineData("[::1]:8000", NetworkReach.Loopback)]
    [InlineData("0.0.0.0:8000", NetworkReach.Outside)]
    [InlineData("[::]:8000", NetworkReach.Outside)]
    [InlineData("192.168.1.20:8000", NetworkReach.Outside)]
    public void Bind_Address_IsReachedFromOutsideUnlessLoopback(string address, NetworkReach reach)
    {
        var bytes = FakeTracee.Address(address);
        var reading = Decode(SystemCall.Bind, 3, _process.Put(bytes), (ulong)bytes.Length);
        Assert.Equal((NetworkAction.Listen, reach), (reading.Network!.Action, reading.Network.Reach));
    }

    [Theory]
    [InlineData("/run/user/1000/bus", NetworkReach.UnixSocket, 0)]
    [InlineData("/var/run/nscd/socket", NetworkReach.UnixSocket, ErrorNumber.NoEntry)]
    [InlineData("/run/systemd/resolve/io.systemd.Resolve", NetworkReach.NameLookup, ErrorNumber.NetworkUnreachable)]
    [InlineData("/run/avahi-daemon/socket", NetworkReach.NameLookup, ErrorNumber.NetworkUnreachable)]
    public void Connect_UnixSocket_IsListedAndNameServicesRefused(string path, NetworkReach reach, int error)
    {
        var bytes = FakeTracee.Unix(path);
        var reading = Decode(SystemCall.Connect, 3, _process.Put(bytes), (ulong)bytes.Length);
        Assert.Equal((path, reach, error), (reading.Network!.Address, reading.Network.Reach, reading.Error));
    }

    [Fact]
    public void Connect_AbstractUnixSocket_IsShownWithItsName()
    {
        byte[] bytes = [1, 0, 0, (byte)'a', (byte)'b'];
        Assert.Equal("@ab", Decode(SystemCall.Connect, 3, _process.Put(bytes), (ulong)bytes.Length).Network!.Address);
    }

    [Fact]
    public void Connect_AddressThatCannotBeRead_IsRefusedAndReported()
    {
        var reading = Decode(SystemCall.Connect, 3, 0xdead0000, 16);
        Assert.Equal((NetworkReach.Unknown, ErrorNumber.NotPermitted), (reading.Network!.Reach, reading.Error));
        byte[] tooShort = [2, 0, 0, 80];
        reading = Decode(SystemCall.Connect, 3, _process.Put(tooShort), (ulong)tooShort.Length);
        Assert.Equal((NetworkReach.Unknown, ErrorNumber.NotPermitted), (reading.Network!.Reach, reading.Error));
    }

    [Theory]
    [InlineData(1, 1, null)] // a Unix socket
    [InlineData(2, 1, null)] // its address is seen later
    [InlineData(10, 2, null)]
    [InlineData(16, 3, null)] // the kernel's own, which are raw
    [InlineData(2, 3, "IPv4 (raw)")]
    [InlineData(17, 3, "raw packets of a network interface (raw)")]
    [InlineData(40, 1, "the host of a virtual machine (vsock)")]
    public void Socket_FamilyThatCanLeave_IsRefused(ulong family, ulong type, string? expected)
    {
        var reading = Decode(SystemCall.Socket, family, type, 0);
        Assert.Equal(expected, reading.Network?.Address);
        Assert.Equal(expected is null ? 0 : ErrorNumber.NotPermitted, reading.Error);
    }

    [Fact]
    public void SendMessages_SecondAddress_IsReadToo()
    {
        var near = FakeTracee.Address("127.0.0.1:9");
        var far = FakeTracee.Address("192.0.2.1:9");
        var messages = new byte[192];
        Message(0, _process.Put(near), near.Length);
        Message(1, _process.Put(far), far.Length);
        var reading = Decode(SystemCall.SendMessages, 3, _process.Put(messages), 3);
        Assert.Equal((NetworkAction.Send, NetworkReach.Outside), (reading.Network!.Action, reading.Network.Reach));
        Assert.Equal("192.0.2.1:9", reading.Network.Address);

        void Message(int index, ulong name, int bytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(messages.AsSpan(index * 64), name);
            BinaryPrimitives.WriteInt32LittleEndian(messages.AsSpan(index * 64 + 8), bytes);
        }
    }

    [Fact]
    public void SendMessage_WithoutAnAddress_IsNothing() =>
        Assert.Equal(CallReading.Nothing, Decode(SystemCall.SendMessage, 3, _process.Put(new byte[64]), 0));

    [Fact]
    public void Open_RelativePath_BelongsToTheFolderOfTheCall()
    {
        _process.Folders[7] = "/data/other";
        _process.Existing.Add("/data/other/old");
        Assert.Equal([new(FileAction.Create, "/data/here/new")], Changes(SystemCall.OpenAt, Here, _process.Put("new"), Create));
        Assert.Equal([new(FileAction.Write, "/data/other/old")], Changes(SystemCall.OpenAt, 7, _process.Put("old"), Create));
        Assert.Equal([new(FileAction.Write, "/etc/x")], Changes(SystemCall.OpenAt, 7, _process.Put("/data/../etc/./x"), Write));
        Assert.Equal([new(FileAction.Create, "/data/here/c")], Changes(SystemCall.Create, _process.Put("c"), 0));
        Assert.Equal([new(FileAction.Unknown, "(a path that could not be read)")], Changes(SystemCall.OpenAt, 9, _process.Put("x"), Write));
    }

    [Fact]
    public void Open_StructureOfFlags_IsRead()
    {
        Assert.Equal([], Changes(SystemCall.OpenAt2, Here, _process.Put("x"), _process.Put(new byte[24])));
        var flags = new byte[24];
        flags[0] = (byte)Create;
        Assert.Equal([new(FileAction.Create, "/data/here/x")], Changes(SystemCall.OpenAt2, Here, _process.Put("x"), _process.Put(flags)));
    }

    // A file that is open for reading can be opened for writing by its descriptor.
    [Fact]
    public void Open_DescriptorOfAnOpenFile_IsThatFile()
    {
        _process.Folders[5] = "/etc/secret";
        Assert.Equal([new(FileAction.Write, "/etc/secret")], Changes(SystemCall.OpenAt, Here, _process.Put("/proc/self/fd/5"), Write));
    }

    [Fact]
    public void Open_LinkToAnotherFolder_IsTheFileThatItLeadsTo()
    {
        using var folder = new Shared.TemporaryFolder();
        File.CreateSymbolicLink(folder.File("link"), "/etc/target");
        Assert.Equal([new(FileAction.Write, "/etc/target")], Changes(SystemCall.OpenAt, Here, _process.Put(folder.File("link")), Write));
        Assert.Equal(
            [new(FileAction.Delete, folder.File("link"))],
            Changes(SystemCall.UnlinkAt, Here, _process.Put(folder.File("link")), 0)
        );
    }

    [Fact]
    public void Rename_BothNames_AreReported()
    {
        FileChange[] expected = [new(FileAction.RenameFrom, "/data/here/a"), new(FileAction.RenameTo, "/b")];
        Assert.Equal(expected, Changes(SystemCall.Rename, _process.Put("a"), _process.Put("/b")));
        Assert.Equal(expected, Changes(SystemCall.RenameAt2, Here, _process.Put("a"), Here, _process.Put("/b"), 0));
    }

    [Fact]
    public void Calls_EveryOtherChange_NamesItsFile()
    {
        var (a, b) = (_process.Put("/a"), _process.Put("/b"));
        Assert.Equal([new(FileAction.Delete, "/a")], Changes(SystemCall.Unlink, a));
        Assert.Equal([new(FileAction.Delete, "/a")], Changes(SystemCall.RemoveFolder, a));
        Assert.Equal([new(FileAction.MakeFolder, "/a")], Changes(SystemCall.MakeFolder, a));
        Assert.Equal([new(FileAction.MakeFolder, "/a")], Changes(SystemCall.MakeFolderAt, Here, a));
        Assert.Equal([new(FileAction.MakeLink, "/b")], Changes(SystemCall.Link, a, b));
        Assert.Equal([new(FileAction.MakeLink, "/b")], Changes(SystemCall.LinkAt, Here, a, Here, b));
        Assert.Equal([new(FileAction.MakeLink, "/b")], Changes(SystemCall.SymbolicLink, a, b));
        Assert.Equal([new(FileAction.MakeLink, "/b")], Changes(SystemCall.SymbolicLinkAt, a, Here, b));
        Assert.Equal([new(FileAction.MakeLink, "/a")], Changes(SystemCall.MakeNode, a));
        Assert.Equal([new(FileAction.MakeLink, "/a")], Changes(SystemCall.MakeNodeAt, Here, a));
        Assert.Equal([new(FileAction.Write, "/a")], Changes(SystemCall.Truncate, a));
        Assert.Equal("/a", Decode(SystemCall.Execute, a).Program);
        Assert.Equal("/b", Decode(SystemCall.ExecuteAt, Here, b).Program);
        Assert.Equal(ErrorNumber.NotPermitted, Decode(SystemCall.RingSetup).Error);
    }

    private CallReading Decode(SystemCall call, params ulong[] arguments) =>
        CallDecoder.Decode(call, [.. arguments, .. new ulong[6 - arguments.Length]], _process);

    private IReadOnlyList<FileChange> Changes(SystemCall call, params ulong[] arguments) => Decode(call, arguments).Changes;
}
