using System.Buffers.Binary;
using System.Net;
using System.Text;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Tests.Tracing;

/// <summary>A process whose memory a test fills.</summary>
internal sealed class FakeTracee : ITracee
{
    private const ulong Start = 0x1000;
    private readonly byte[] _memory = new byte[16384];
    private int _used;

    /// <summary>Folders of its descriptors; -100 is the current one.</summary>
    public Dictionary<int, string> Folders { get; } = new() { [CallDecoder.CurrentFolder] = "/data/here" };

    public HashSet<string> Existing { get; } = [];

    public int Read(ulong address, Span<byte> target)
    {
        if (address < Start || address >= Start + (ulong)_used)
            return 0;
        var at = (int)(address - Start);
        var bytes = Math.Min(target.Length, _used - at);
        _memory.AsSpan(at, bytes).CopyTo(target);
        return bytes;
    }

    public string? FolderOf(int descriptor) => Folders.GetValueOrDefault(descriptor);

    public bool Exists(string path) => Existing.Contains(path);

    /// <summary>Puts bytes into its memory; returns their address.</summary>
    public ulong Put(byte[] bytes)
    {
        bytes.CopyTo(_memory, _used);
        var address = Start + (ulong)_used;
        _used += (bytes.Length + 7) / 8 * 8;
        return address;
    }

    public ulong Put(string text) => Put([.. Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>The bytes of an IP address, as the kernel has them.</summary>
    public static byte[] Address(string text)
    {
        var end = IPEndPoint.Parse(text);
        var isOld = end.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var bytes = new byte[isOld ? 16 : 28];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(isOld ? 2 : 10));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)end.Port);
        end.Address.GetAddressBytes().CopyTo(bytes, isOld ? 4 : 8);
        return bytes;
    }

    /// <summary>The bytes of the address of a Unix socket.</summary>
    public static byte[] Unix(string path) => [1, 0, .. Encoding.UTF8.GetBytes(path), 0];
}
