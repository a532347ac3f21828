using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Litre.Privacy.Tracing;

/// <summary>The address of a socket, decoded from the bytes that a process gives the kernel (<c>struct sockaddr</c>).</summary>
/// <param name="Family">The kernel's number of the address family.</param>
/// <param name="Text">For reports.</param>
internal sealed record SocketAddress(int Family, string Text)
{
    public const int Unspecified = 0;
    public const int Unix = 1;
    public const int Internet = 2;
    public const int Internet6 = 10;
    public const int Kernel = 16;
    public const int Algorithms = 38;

    /// <summary>The longest one (<c>struct sockaddr_storage</c>), in bytes.</summary>
    public const int LongestBytes = 128;

    private const int DnsPort = 53;
    private const int MulticastDnsPort = 5353;
    private const int DnsOverTlsPort = 853;

    // Services that look names up for others; the first one answers questions about users and groups too.
    private const string NameCache = "/nscd/";
    private static readonly string[] NameServices = ["/systemd/resolve/", "/avahi-daemon/", "/io.systemd.Resolve"];

    /// <summary>The IP address; null for other families.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port; 0 for other families.</summary>
    public int Port { get; init; }

    /// <summary>Whether it is one of this machine's own addresses, whatever the network.</summary>
    public bool IsLoopback => Address is { } address && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>Whether it stands for all addresses of the machine.</summary>
    public bool IsAny => Address is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>Whether names are looked up there.</summary>
    public bool IsNameLookup =>
        Address is not null
            ? Port is DnsPort or MulticastDnsPort or DnsOverTlsPort
            : Family == Unix && NameServices.Any(name => Text.Contains(name, StringComparison.Ordinal));

    /// <summary>Whether it is the C library's cache of users, groups and hosts, without which every program works.</summary>
    public bool IsNameCache => Family == Unix && Text.Contains(NameCache, StringComparison.Ordinal);

    /// <summary>Decodes an address; null if it is too short for its family.</summary>
    public static SocketAddress? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(ushort))
            return null;
        int family = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        switch (family)
        {
            case Internet when bytes.Length >= 8:
                return Of(family, new IPAddress(bytes.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            case Internet6 when bytes.Length >= 24:
                return Of(family, new IPAddress(bytes.Slice(8, 16)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            case Internet or Internet6:
                return null;
            case Unix:
                return new SocketAddress(family, Path(bytes[2..]));
            case Unspecified:
                return new SocketAddress(family, "none");
            case Kernel:
                return new SocketAddress(family, "kernel (netlink)");
            default:
                return new SocketAddress(family, Describe(family));
        }
    }

    /// <summary>Names a family that has no addresses of interest.</summary>
    public static string Describe(int family) =>
        family switch
        {
            Unix => "Unix socket",
            Internet => "IPv4",
            Internet6 => "IPv6",
            Kernel => "kernel (netlink)",
            17 => "raw packets of a network interface",
            31 => "Bluetooth",
            Algorithms => "kernel (cryptography)",
            40 => "the host of a virtual machine (vsock)",
            44 => "raw packets of a network interface (XDP)",
            _ => string.Create(CultureInfo.InvariantCulture, $"address family {family}"),
        };

    private static SocketAddress Of(int family, IPAddress address, int port) =>
        new(family, new IPEndPoint(address, port).ToString()) { Address = address, Port = port };

    // An abstract name begins with a zero byte and has no file.
    private static string Path(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            return "(no name)";
        if (bytes[0] == 0)
            return "@" + Encoding.UTF8.GetString(bytes[1..]).TrimEnd('\0').Replace('\0', '@');
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
