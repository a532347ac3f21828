using System.Buffers.Binary;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tracing;

/// <summary>Reads calls that concern sockets, and refuses those that leave the machine.</summary>
internal static class SocketCalls
{
    private const int TypeMask = 0xf;
    private const int RawSocket = 3;
    private const int PacketSocket = 10;
    private const int MessageBytes = 64; // struct mmsghdr; a struct msghdr is its first 56 bytes
    private const int MostMessages = 1024; // the kernel's limit of one call

    /// <summary>A new socket: only families that cannot leave the machine, and IP sockets, whose addresses are seen later.</summary>
    public static CallReading Create(int family, int type)
    {
        var isRaw = (type & TypeMask) is RawSocket or PacketSocket;
        return family switch
        {
            SocketAddress.Unix or SocketAddress.Kernel or SocketAddress.Algorithms => CallReading.Nothing,
            SocketAddress.Internet or SocketAddress.Internet6 when !isRaw => CallReading.Nothing,
            _ => CallReading.Of(
                NetworkAction.Create,
                NetworkReach.Outside,
                SocketAddress.Describe(family) + (isRaw ? " (raw)" : ""),
                ErrorNumber.NotPermitted
            ),
        };
    }

    /// <summary>A call with an address.</summary>
    public static CallReading Address(NetworkAction action, ulong address, ulong bytes, ITracee process)
    {
        Span<byte> buffer = stackalloc byte[(int)Math.Min(bytes, SocketAddress.LongestBytes)];
        return process.Read(address, buffer) == buffer.Length && SocketAddress.Decode(buffer) is { } found
            ? Judge(action, found)
            : CallReading.Unreadable(action);
    }

    /// <summary>A call with messages, each of which may have an address. The first one that may not be sent decides.</summary>
    public static CallReading Messages(ulong address, ulong count, ITracee process)
    {
        var reading = CallReading.Nothing;
        Span<byte> message = stackalloc byte[MessageBytes];
        for (var i = 0ul; i < Math.Min(count, MostMessages); i++)
        {
            // Only the name and its length are needed.
            if (process.Read(address + i * MessageBytes, message[..12]) != 12)
                return CallReading.Unreadable(NetworkAction.Send);
            var name = BinaryPrimitives.ReadUInt64LittleEndian(message);
            var bytes = BinaryPrimitives.ReadUInt32LittleEndian(message[8..]);
            if (name == 0 || bytes == 0)
                continue;
            var one = Address(NetworkAction.Send, name, bytes, process);
            if (one.Error != 0)
                return one;
            reading = one;
        }
        return reading;
    }

    private static CallReading Judge(NetworkAction action, SocketAddress address)
    {
        var isListening = action == NetworkAction.Listen;
        if (!isListening && address.IsNameLookup)
            return Refuse(NetworkReach.NameLookup);
        if (address.IsNameCache)
            return CallReading.Of(action, NetworkReach.UnixSocket, address.Text, ErrorNumber.NoEntry);
        if (address.Address is null)
            return address.Family switch
            {
                SocketAddress.Unspecified => CallReading.Nothing,
                SocketAddress.Unix => CallReading.Of(action, NetworkReach.UnixSocket, address.Text),
                SocketAddress.Kernel or SocketAddress.Algorithms => CallReading.Of(action, NetworkReach.Kernel, address.Text),
                _ => Refuse(NetworkReach.Outside),
            };
        // Linux takes the address of all interfaces as that of this machine, but a listener there is reached from outside.
        return address.IsLoopback || (address.IsAny && !isListening)
            ? CallReading.Of(action, NetworkReach.Loopback, address.Text)
            : Refuse(NetworkReach.Outside);

        CallReading Refuse(NetworkReach reach) => CallReading.Of(action, reach, address.Text, ErrorNumber.NetworkUnreachable);
    }
}
