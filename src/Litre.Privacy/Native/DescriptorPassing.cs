using System.Runtime.InteropServices;

namespace Litre.Privacy.Native;

/// <summary>Passes an open descriptor to another process over a Unix socket.</summary>
internal static unsafe class DescriptorPassing
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int CloseOnExecute = 0x40000000;

    // The kernel's struct cmsghdr with one descriptor, padded to 8 bytes.
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Bytes;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }

    // CMSG_LEN: without the padding.
    private const int ControlBytes = 20;

    /// <summary>Sends a descriptor; returns the error number, 0 for none.</summary>
    public static int Send(int socket, int descriptor)
    {
        byte data = 1;
        var part = new Extent { Address = (nuint)(&data), Bytes = 1 };
        var control = new Control
        {
            Bytes = ControlBytes,
            Level = SocketLevel,
            Type = Rights,
            Descriptor = descriptor,
        };
        var message = new MessageHeader
        {
            Parts = &part,
            PartCount = 1,
            Extra = &control,
            ExtraBytes = (nuint)sizeof(Control),
        };
        return Libc.Send(socket, &message, 0) == 1 ? 0 : Libc.LastError;
    }

    /// <summary>Waits for a descriptor, which child processes do not inherit; -1 if the other side closed the socket.</summary>
    public static int Receive(int socket)
    {
        byte data;
        var part = new Extent { Address = (nuint)(&data), Bytes = 1 };
        var control = default(Control);
        var message = new MessageHeader
        {
            Parts = &part,
            PartCount = 1,
            Extra = &control,
            ExtraBytes = (nuint)sizeof(Control),
        };
        nint received;
        do received = Libc.Receive(socket, &message, CloseOnExecute);
        while (received < 0 && Libc.LastError == ErrorNumber.Interrupted);
        return received == 1 && control.Type == Rights && control.Bytes == ControlBytes ? control.Descriptor : -1;
    }
}
