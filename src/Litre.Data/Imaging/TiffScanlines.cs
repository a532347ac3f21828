using BitMiracle.LibTiff.Classic;

namespace Litre.Data.Imaging;

/// <summary>Single rows of a TIFF in strips: bilevel, gray or palette of up to 8 bits, and RGB of 8 bits, without alpha.</summary>
internal sealed class TiffScanlines
{
    private readonly Tiff _tiff;
    private readonly int _bits;
    private readonly uint[]? _colors; // pixels of each value; null for RGB
    private readonly byte[] _row;

    private TiffScanlines(Tiff tiff, int bits, uint[]? colors) =>
        (_tiff, _bits, _colors, _row) = (tiff, bits, colors, new byte[tiff.ScanlineSize()]);

    /// <summary>Null for other kinds.</summary>
    public static TiffScanlines? TryOpen(Tiff tiff, int width)
    {
        var (bits, samples) = (TiffDecoder.Number(tiff, TiffTag.BITSPERSAMPLE, 1), TiffDecoder.Number(tiff, TiffTag.SAMPLESPERPIXEL, 1));
        if (tiff.IsTiled() || TiffDecoder.Number(tiff, TiffTag.COMPRESSION, 1) is (int)Compression.JPEG or (int)Compression.OJPEG)
            return null;
        var kind = (Photometric)TiffDecoder.Number(tiff, TiffTag.PHOTOMETRIC, (int)Photometric.MINISWHITE);
        TiffScanlines? lines = null;
        if (samples == 1 && bits is 1 or 2 or 4 or 8)
        {
            if (Colors(tiff, kind, bits) is { } colors)
                lines = new TiffScanlines(tiff, bits, colors);
        }
        else if (
            samples == 3
            && bits == 8
            && kind == Photometric.RGB
            && TiffDecoder.Number(tiff, TiffTag.PLANARCONFIG, 1) == (int)PlanarConfig.CONTIG
        )
        {
            lines = new TiffScanlines(tiff, bits, null);
        }
        return lines?._row.Length >= ((long)width * bits * samples + 7) / 8 ? lines : null;
    }

    /// <summary>Decodes the next row.</summary>
    public bool Read(int row) => _tiff.ReadScanline(_row, row);

    /// <summary>The row as pixels of four bytes.</summary>
    public void Expand(Span<byte> pixels)
    {
        if (_colors is null)
        {
            for (int from = 0, to = 0; to < pixels.Length; from += 3, to += 4)
                (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (_row[from], _row[from + 1], _row[from + 2], 255);
            return;
        }
        var target = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(pixels);
        var (perByte, mask) = (8 / _bits, (1 << _bits) - 1);
        for (var x = 0; x < target.Length; x++)
            target[x] = _colors[_row[x / perByte] >> (8 - _bits - x % perByte * _bits) & mask];
    }

    private static uint[]? Colors(Tiff tiff, Photometric kind, int bits)
    {
        var colors = new uint[1 << bits];
        if (kind is Photometric.MINISBLACK or Photometric.MINISWHITE)
        {
            for (var i = 0; i < colors.Length; i++)
            {
                var gray = (uint)(i * 255 / (colors.Length - 1));
                if (kind == Photometric.MINISWHITE)
                    gray = 255 - gray;
                colors[i] = gray | gray << 8 | gray << 16 | 0xFF000000;
            }
            return colors;
        }
        if (kind != Photometric.PALETTE || tiff.GetField(TiffTag.COLORMAP) is not { Length: 3 } map)
            return null;
        ushort[][] channels = [.. map.Select(m => m.ToUShortArray())];
        if (channels.Any(c => c is null || c.Length < colors.Length))
            return null;
        // Some programs write 8-bit palettes.
        var shift = channels.Any(c => c.Take(colors.Length).Any(v => v > 255)) ? 8 : 0;
        for (var i = 0; i < colors.Length; i++)
            colors[i] =
                (uint)(channels[0][i] >> shift) | (uint)(channels[1][i] >> shift) << 8 | (uint)(channels[2][i] >> shift) << 16 | 0xFF000000;
        return colors;
    }
}
