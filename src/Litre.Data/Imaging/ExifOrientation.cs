using System.Buffers.Binary;

namespace Litre.Data.Imaging;

/// <summary>Finds the orientation in an EXIF block (a small TIFF file).</summary>
internal static class ExifOrientation
{
    private const int OrientationTag = 0x0112;
    private const int ShortType = 3;

    /// <summary>1 to 8; null if the block does not contain it or is damaged.</summary>
    public static int? Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8))
            exif = exif[6..];
        if (exif.Length < 8)
            return null;
        var little = exif[0] == (byte)'I';
        var at = U32(exif[4..], little);
        if (at > exif.Length - 2)
            return null;
        var directory = exif[(int)at..];
        var entries = U16(directory, little);
        for (var i = 0; i < entries && 2 + (i + 1) * 12 <= directory.Length; i++)
        {
            var entry = directory.Slice(2 + i * 12, 12);
            if (U16(entry, little) != OrientationTag || U16(entry[2..], little) != ShortType)
                continue;
            return U16(entry[8..], little) is var turn and >= 1 and <= 8 ? turn : null;
        }
        return null;
    }

    private static int U16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
