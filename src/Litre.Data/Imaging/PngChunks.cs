using System.Buffers.Binary;

namespace Litre.Data.Imaging;

/// <summary>The chunks of a PNG, one after the other; the last one may be cut short.</summary>
/// <param name="file">The whole file.</param>
/// <param name="start">Where the first chunk begins: behind the signature unless said otherwise.</param>
internal ref struct PngChunks(ReadOnlySpan<byte> file, int start = PngChunks.SignatureBytes)
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int SignatureBytes = 8;

    private const int HeadBytes = 8; // length and type
    private const int SumBytes = 4;

    private readonly ReadOnlySpan<byte> _file = file;
    private int _next = start;

    /// <summary>What every PNG begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Where the chunk begins in the file, with its length.</summary>
    public int At { get; private set; }

    /// <summary>Where its content is, as far as the file holds it.</summary>
    public Range Place { get; private set; }

    /// <summary>Whether the file holds all of it, its sum included.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Its four letters.</summary>
    public readonly ReadOnlySpan<byte> Type => _file.Slice(At + 4, 4);

    /// <summary>Its content, as far as the file holds it.</summary>
    public readonly ReadOnlySpan<byte> Content => _file[Place];

    /// <summary>Goes to the next chunk; false where there is none.</summary>
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
