using System.Buffers.Binary;

namespace Litre.Data.Imaging;

/// <summary>Converts a PNG's samples to pixels of four bytes (R, G, B, 255), with transparency composited on white.</summary>
internal sealed class PngSamples
{
    private readonly PngHeader _header;
    private readonly uint[] _palette = []; // also of gray samples of up to 8 bits
    private readonly bool _hasAlpha;

    public PngSamples(PngHeader header)
    {
        _header = header;
        var transparency = header.Transparency;
        _hasAlpha = header.ColorType >= 4 || transparency.Length > 0;
        if (header.ColorType is not (0 or 3))
            return;
        _palette = new uint[1 << header.Depth];
        var keyed = header.ColorType == 0 && transparency.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(transparency) : -1;
        for (var i = 0; i < _palette.Length; i++)
        {
            if (header.ColorType == 0)
            {
                var grey = (uint)(i * 255 / (_palette.Length - 1));
                _palette[i] = grey | grey << 8 | grey << 16 | (i == keyed ? 0 : 0xFF000000);
            }
            else if (3 * i + 2 < header.Palette.Length)
            {
                var alpha = i < transparency.Length ? transparency[i] : (byte)255;
                _palette[i] =
                    header.Palette[3 * i]
                    | (uint)header.Palette[3 * i + 1] << 8
                    | (uint)header.Palette[3 * i + 2] << 16
                    | (uint)alpha << 24;
            }
            else
            {
                _palette[i] = 0xFF000000; // beyond the palette, as in the library
            }
        }
    }

    /// <param name="row">One row of samples, filters undone.</param>
    /// <param name="pixels">(Width, 4) uint8.</param>
    public void Expand(ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        if (_palette.Length > 0)
            Indexed(row, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(pixels));
        else
            Direct(row, pixels);
        if (_hasAlpha)
            ImageDecoder.FlattenOnWhite(pixels);
    }

    private void Indexed(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        var depth = _header.Depth;
        if (depth == 8)
        {
            for (var x = 0; x < pixels.Length; x++)
                pixels[x] = _palette[row[x]];
            return;
        }
        var (perByte, mask) = (8 / depth, (1 << depth) - 1);
        for (var x = 0; x < pixels.Length; x++)
            pixels[x] = _palette[row[x / perByte] >> (8 - depth - x % perByte * depth) & mask];
    }

    private void Direct(ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        var samples = _header.Samples;
        var colors = samples >= 3 ? 3 : 1;
        var keyed = _header.ColorType == 2 && _header.Transparency.Length >= 6;
        for (int from = 0, to = 0; to < pixels.Length; from += samples, to += 4)
        {
            pixels[to] = row[from];
            pixels[to + 1] = row[colors == 3 ? from + 1 : from];
            pixels[to + 2] = row[colors == 3 ? from + 2 : from];
            pixels[to + 3] =
                samples is 2 or 4 ? row[from + colors]
                : keyed && IsKey(row[from..]) ? (byte)0
                : (byte)255;
        }
    }

    private bool IsKey(ReadOnlySpan<byte> colour)
    {
        var key = _header.Transparency;
        return colour[0] == BinaryPrimitives.ReadUInt16BigEndian(key)
            && colour[1] == BinaryPrimitives.ReadUInt16BigEndian(key.AsSpan(2))
            && colour[2] == BinaryPrimitives.ReadUInt16BigEndian(key.AsSpan(4));
    }
}
