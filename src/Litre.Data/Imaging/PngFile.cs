using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// The parts of a PNG that Skia does not read: the orientation (<c>eXIf</c>, ImageMagick's raw profile, XMP; in this order, like Pillow),
/// and 16-bit gray without losing its lower half.
/// </summary>
internal static partial class PngFile
{
    private const int HeaderBytes = 33; // signature and IHDR
    private const int MaxTextBytes = 1 << 20;

    public static bool Recognizes(ReadOnlySpan<byte> encoded) => encoded.Length >= HeaderBytes && encoded.StartsWith(PngChunks.Signature);

    /// <summary>Bits of one channel.</summary>
    public static int Depth(ReadOnlySpan<byte> encoded) => encoded[24];

    /// <summary>True if a chunk before the pixels declares several frames.</summary>
    public static bool IsAnimated(ReadOnlySpan<byte> encoded)
    {
        for (var chunks = new PngChunks(encoded); chunks.MoveNext() && !chunks.Type.SequenceEqual("IDAT"u8); )
        {
            if (chunks.Type.SequenceEqual("acTL"u8))
                return chunks.Content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(chunks.Content) > 1;
        }
        return false;
    }

    /// <summary>The orientation of the image; top left if the file does not state it.</summary>
    public static SKEncodedOrigin Origin(ReadOnlySpan<byte> encoded)
    {
        int? profile = null,
            xmp = null;
        for (var chunks = new PngChunks(encoded); chunks.MoveNext() && chunks.IsWhole; )
        {
            var type = chunks.Type;
            var data = chunks.Content;
            if (type.SequenceEqual("eXIf"u8) && ExifOrientation.Read(data) is { } turn)
                return (SKEncodedOrigin)turn;
            if (type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8))
                profile ??= RawProfile(data, type[0] == (byte)'z');
            else if (type.SequenceEqual("iTXt"u8))
                xmp ??= Xmp(data);
        }
        return (SKEncodedOrigin)(profile ?? xmp ?? (int)SKEncodedOrigin.TopLeft);
    }

    /// <summary>
    /// A 16-bit gray image (with or without alpha) with a header that declares its two bytes as two channels: decoding it keeps both, the
    /// upper as gray and the lower as the next channel. The filters work on bytes of whole pixels, so they stay valid. Null for others.
    /// </summary>
    public static byte[]? BothBytes(ReadOnlySpan<byte> encoded)
    {
        var color = encoded[25] switch
        {
            0 => 4,
            4 => 6,
            _ => -1,
        }; // gray to gray with alpha, gray with alpha to RGBA
        if (Depth(encoded) != 16 || color < 0)
            return null;
        var copy = new MemoryStream(encoded.Length);
        var header = encoded[..HeaderBytes].ToArray();
        (header[24], header[25]) = (8, (byte)color);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(29), Crc32.HashToUInt32(header.AsSpan(12, 17)));
        copy.Write(header);
        for (var chunks = new PngChunks(encoded, HeaderBytes); chunks.MoveNext(); )
        {
            // Some other chunks (a transparent value, a background) are not allowed with the new channels.
            if (chunks.IsWhole && !chunks.Type.SequenceEqual("IDAT"u8) && !chunks.Type.SequenceEqual("IEND"u8))
                continue;
            // A truncated chunk is copied too: the decoder reports it.
            copy.Write(encoded[chunks.At..(chunks.IsWhole ? chunks.Place.End.Value + 4 : encoded.Length)]);
        }
        return copy.ToArray();
    }

    // "Raw profile type exif\0" and hexadecimal text: a blank line, the name, the length, the bytes.
    private static int? RawProfile(ReadOnlySpan<byte> data, bool compressed)
    {
        if (!data.StartsWith("Raw profile type exif\0"u8) && !data.StartsWith("Raw profile type APP1\0"u8))
            return null;
        var body = data[22..];
        var text = Encoding.Latin1.GetString(compressed ? Inflate(body[1..]) : body);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length < 3 || !int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return null;
        try
        {
            return ExifOrientation.Read(Convert.FromHexString(string.Concat(lines.Skip(2))));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static int? Xmp(ReadOnlySpan<byte> data)
    {
        if (!data.StartsWith("XML:com.adobe.xmp\0"u8) || data.Length < 22)
            return null;
        var compressed = data[18] == 1;
        var body = data[20..];
        for (var i = 0; i < 2; i++) // language, translated keyword
        {
            var end = body.IndexOf((byte)0);
            if (end < 0)
                return null;
            body = body[(end + 1)..];
        }
        var match = XmpOrientation.Match(Encoding.UTF8.GetString(compressed ? Inflate(body) : body));
        return match.Success ? match.Groups[1].Value[0] - '0' : null;
    }

    private static byte[] Inflate(ReadOnlySpan<byte> data)
    {
        try
        {
            using var inflated = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            var buffer = new byte[MaxTextBytes];
            return buffer[..inflated.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    [GeneratedRegex("tiff:Orientation(?:=[\"']|>)([1-8])", RegexOptions.CultureInvariant)]
    private static partial Regex XmpOrientation { get; }
}
