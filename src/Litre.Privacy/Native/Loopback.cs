using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Privacy.Native;

/// <summary>The loopback interface, which is down in a new network namespace.</summary>
internal static unsafe class Loopback
{
    private const int Internet = 2;
    private const int Datagram = 2;
    private const nuint GetFlags = 0x8913;
    private const nuint SetFlags = 0x8914;
    private const short Up = 1;

    // The kernel's struct ifreq, whose union is 24 bytes.
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public fixed byte Name[16];
        public short Flags;
        public fixed byte Rest[22];
    }

    /// <summary>Switches it on.</summary>
    /// <exception cref="InputException">The kernel refuses.</exception>
    public static void Raise()
    {
        var socket = Libc.Socket(Internet, Datagram, 0);
        var request = default(Request);
        "lo"u8.CopyTo(new Span<byte>(request.Name, 16));
        var done = socket >= 0 && Libc.DeviceControl(socket, GetFlags, &request) == 0;
        if (done)
        {
            request.Flags |= Up;
            done = Libc.DeviceControl(socket, SetFlags, &request) == 0;
        }
        var error = Libc.LastError;
        if (socket >= 0)
            _ = Libc.Close(socket);
        if (!done)
            throw new InputException($"the loopback interface of the network namespace cannot be switched on ({Libc.Describe(error)})");
    }
}
