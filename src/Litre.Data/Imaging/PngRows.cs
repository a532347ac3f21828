using System.IO.Compression;
using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// Rows of a PNG of up to 8 bits per channel that is not interlaced (W3C PNG, third edition); the library that decodes small ones keeps
/// all rows in memory.
/// </summary>
internal sealed class PngRows : PixelRows
{
    private readonly string _name;
    private readonly ZLibStream _rows;
    private readonly PngSamples _samples;
    private readonly int _pixelBytes; // distance of the filters
    private byte[] _current;
    private byte[] _previous;
    private int _row;

    private PngRows(string name, PngHeader header, byte[] encoded, SKEncodedOrigin origin)
        : base(header.Width, header.Height, origin)
    {
        _name = name;
        _rows = new ZLibStream(new PngDataStream(encoded, header.Data), CompressionMode.Decompress);
        _samples = new PngSamples(header);
        _pixelBytes = Math.Max(1, header.BitsPerPixel / 8);
        var rowBytes = (int)(((long)header.Width * header.BitsPerPixel + 7) / 8);
        (_current, _previous) = (new byte[rowBytes], new byte[rowBytes]);
    }

    /// <summary>Null if it is not such a PNG.</summary>
    public static PngRows? TryOpen(string name, byte[] encoded, SKEncodedOrigin origin) =>
        PngHeader.TryRead(encoded) is { IsInterlaced: false, Depth: <= 8 } header ? new PngRows(name, header, encoded, origin) : null;

    public override void Read(Span<byte> pixels)
    {
        for (; pixels.Length > 0; pixels = pixels[(Width * 4)..], _row++)
        {
            (_current, _previous) = (_previous, _current);
            try
            {
                var filter = _rows.ReadByte();
                var read = filter < 0 ? 0 : _rows.ReadAtLeast(_current, _current.Length, throwOnEndOfStream: false);
                if (read < _current.Length)
                    throw Damaged("ends");
                Restore(filter);
            }
            catch (InvalidDataException)
            {
                throw Damaged("is damaged");
            }
            _samples.Expand(_current, pixels[..(Width * 4)]);
        }
    }

    public override void Dispose() => _rows.Dispose();

    // Section 9 of the standard.
    private void Restore(int filter)
    {
        var (row, above, step) = (_current, _previous, _pixelBytes);
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                    row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < step && i < row.Length; i++)
                    row[i] += (byte)(above[i] >> 1);
                for (var i = step; i < row.Length; i++)
                    row[i] += (byte)((row[i - step] + above[i]) >> 1);
                break;
            case 4:
                for (var i = 0; i < step && i < row.Length; i++)
                    row[i] += above[i];
                for (var i = step; i < row.Length; i++)
                    row[i] += Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw Damaged("is damaged");
        }
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        return (byte)(
            toLeft <= toAbove && toLeft <= toCorner ? left
            : toAbove <= toCorner ? above
            : corner
        );
    }

    private InputException Damaged(string what) =>
        new(
            $"{_name}: the image {what} after {_row} of {Height} rows, expected a whole PNG of {Width}x{Height}; copy or download it again"
        );
}
