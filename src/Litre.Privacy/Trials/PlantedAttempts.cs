using System.Net;
using System.Net.Sockets;

namespace Litre.Privacy.Trials;

/// <summary>
/// Attempts to leave the machine that a trial makes on purpose, in a container: the addresses are reserved for documentation, so that
/// nobody would be reached outside of one either.
/// </summary>
public static class PlantedAttempts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>An IPv4 address.</summary>
    internal static IPEndPoint Internet { get; } = new(IPAddress.Parse("192.0.2.1"), 443);

    /// <summary>An IPv6 address.</summary>
    internal static IPEndPoint Internet6 { get; } = new(IPAddress.Parse("2001:db8::1"), 443);

    /// <summary>The address of a DNS server.</summary>
    internal static IPEndPoint NameServer { get; } = new(IPAddress.Parse("198.51.100.1"), 53);

    /// <summary>Makes all attempts, and writes a file.</summary>
    /// <param name="file">The file, in a folder where the program has no business.</param>
    /// <returns>How many attempts were not refused.</returns>
    public static int Make(string file)
    {
        File.WriteAllText(file, "");
        return new[]
        {
            Try(SocketType.Stream, Internet, socket => socket.ConnectAsync(Internet).Wait(Patience)),
            Try(SocketType.Stream, Internet6, socket => socket.ConnectAsync(Internet6).Wait(Patience)),
            Try(SocketType.Dgram, NameServer, socket => socket.SendTo([0], NameServer) > 0),
        }.Count(reached => reached);
    }

    private static bool Try(SocketType type, IPEndPoint address, Func<Socket, bool> attempt)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, type, ProtocolType.Unspecified);
            return attempt(socket);
        }
        catch (Exception e) when (e is SocketException or AggregateException)
        {
            return false;
        }
    }
}
