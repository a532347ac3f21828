using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Litre.Data.Tests.Imaging;

/// <summary>Writes PNG files of kinds that encoders no longer make, straight from the format's description.</summary>
internal static class PngFile
{
    /// <param name="width">Declared width.</param>
    /// <param name="height">Declared height.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="colorType">0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.</param>
    /// <param name="rows">Scan lines without filter bytes, one after another.</param>
    /// <param name="palette">PLTE.</param>
    /// <param name="transparency">tRNS.</param>
    public static byte[] Write(
        int width,
        int height,
        byte depth,
        byte colorType,
        byte[] rows,
        byte[]? palette = null,
        byte[]? transparency = null
    )
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colorType);
        Chunk(file, "IHDR", header);
        if (palette != null)
            Chunk(file, "PLTE", palette);
        if (transparency != null)
            Chunk(file, "tRNS", transparency);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var rowBytes = Math.Max(rows.Length / Math.Max(height, 1), 1);
            for (var i = 0; i < rows.Length; i += rowBytes)
            {
                zlib.WriteByte(0);
                zlib.Write(rows.AsSpan(i, Math.Min(rowBytes, rows.Length - i)));
            }
        }
        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static void Chunk(Stream file, string type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
