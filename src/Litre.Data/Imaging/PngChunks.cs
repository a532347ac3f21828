using System.Buffers.Binary;

namespace Litre.Data.Imaging;

/// <summary>The chunks of a PNG in order; the last one may be truncated.</summary>
/// <param name="file">The whole file.</param>
/// <param name="start">Start of the first chunk; after the signature by default.</param>
internal ref struct PngChunks(ReadOnlySpan<byte> file, int start = PngChunks.SignatureBytes)
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int SignatureBytes = 8;

    private const int HeadBytes = 8; // length and type
    private const int SumBytes = 4;

    private readonly ReadOnlySpan<byte> _file = file;
    private int _next = start;

    /// <summary>The first bytes of every PNG.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Start of the chunk in the file, at its length field.</summary>
    public int At { get; private set; }

    /// <summary>Position of its content, as far as the file contains it.</summary>
    public Range Place { get; private set; }

    /// <summary>Whether the file contains all of it, including its checksum.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Its four letters.</summary>
    public readonly ReadOnlySpan<byte> Type => _file.Slice(At + 4, 4);

    /// <summary>Its content, as far as the file contains it.</summary>
    public readonly ReadOnlySpan<byte> Content => _file[Place];

    /// <summary>Moves to the next chunk; false if there is none.</summary>
    public bool MoveNext()
    {
        if (_next > _file.Length - HeadBytes)
            return false;
        At = _next;
        var begin = At + HeadBytes;
        var end = begin + (long)BinaryPrimitives.ReadUInt32BigEndian(_file[At..]);
        Place = begin..(int)Math.Min(end, _file.Length);
        IsWhole = end <= _file.Length - SumBytes;
        _next = IsWhole ? (int)end + SumBytes : _file.Length;
        return true;
    }
}
