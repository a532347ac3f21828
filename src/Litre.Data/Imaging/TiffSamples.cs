using BitMiracle.LibTiff.Classic;
using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// Gray and RGB of 9 to 16 bits per sample, which LibTiff's own conversion truncates to the upper 8 or does not read at all.
/// </summary>
internal sealed class TiffSamples
{
    private readonly string _name;
    private readonly Tiff _tiff;
    private readonly int _width,
        _height,
        _bits,
        _stored,
        _used;
    private readonly bool _inverted,
        _separate;
    private readonly ushort[] _values; // (height, width, used)

    /// <exception cref="InputException">The samples have another format.</exception>
    public TiffSamples(string name, Tiff tiff, int width, int height)
    {
        (_name, _tiff, _width, _height) = (name, tiff, width, height);
        _bits = TiffDecoder.Number(tiff, TiffTag.BITSPERSAMPLE, 1);
        _stored = TiffDecoder.Number(tiff, TiffTag.SAMPLESPERPIXEL, 1);
        _separate = TiffDecoder.Number(tiff, TiffTag.PLANARCONFIG, 1) == (int)PlanarConfig.SEPARATE;
        var colors = (Photometric)TiffDecoder.Number(tiff, TiffTag.PHOTOMETRIC, (int)Photometric.MINISBLACK);
        var format = (SampleFormat)TiffDecoder.Number(tiff, TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);
        if (_bits > 16 || format is not (SampleFormat.UINT or SampleFormat.VOID))
        {
            var kind =
                format == SampleFormat.IEEEFP ? " floating-point"
                : format == SampleFormat.INT ? " signed"
                : "";
            throw Unsupported($"{_bits}-bit{kind} samples");
        }
        if (colors is not (Photometric.MINISBLACK or Photometric.MINISWHITE or Photometric.RGB))
            throw Unsupported($"{_bits}-bit {colors} colors");
        _used = colors == Photometric.RGB ? 3 : 1;
        if (_stored < _used)
            throw TiffDecoder.Damaged(name);
        _inverted = colors == Photometric.MINISWHITE;
        _values = new ushort[checked(width * height * _used)];
    }

    /// <summary>Reads all samples and scales the bits in use to 8.</summary>
    public void Fill(RgbaImage image)
    {
        for (var plane = 0; plane < (_separate ? _used : 1); plane++)
        {
            if (_tiff.IsTiled())
                ReadTiles(plane);
            else
                ReadRows(plane);
        }
        var said = TiffDecoder.Number(_tiff, TiffTag.MAXSAMPLEVALUE, 0);
        var full = (1 << _bits) - 1;
        var bits =
            _bits < 16
                ? _bits
                : SampleDepth.Of(
                    said > 0 && said < full ? said
                    : _values.Length == 0 ? 0
                    : _values.Max()
                );
        var white = (1 << bits) - 1;
        var pixels = image.Pixels;
        for (var i = 0; i < _width * _height; i++)
        {
            for (var c = 0; c < 3; c++)
            {
                int value = _values[i * _used + (_used == 3 ? c : 0)];
                pixels[i * 4 + c] = SampleDepth.ToByte(_inverted ? Math.Max(0, white - value) : value, bits);
            }
            pixels[i * 4 + 3] = 255;
        }
    }

    private void ReadRows(int plane)
    {
        var row = new byte[_tiff.ScanlineSize()];
        for (var y = 0; y < _height; y++)
        {
            if (!_tiff.ReadScanline(row, 0, y, (short)plane))
                throw TiffDecoder.Damaged(_name);
            Take(row, 0, 0, y, _width, plane);
        }
    }

    private void ReadTiles(int plane)
    {
        var (width, height) = (TiffDecoder.Number(_tiff, TiffTag.TILEWIDTH, 0), TiffDecoder.Number(_tiff, TiffTag.TILELENGTH, 0));
        if (width <= 0 || height <= 0)
            throw TiffDecoder.Damaged(_name);
        var tile = new byte[_tiff.TileSize()];
        var rowBytes = _tiff.TileRowSize();
        for (var y = 0; y < _height; y += height)
        {
            for (var x = 0; x < _width; x += width)
            {
                if (_tiff.ReadTile(tile, 0, x, y, 0, (short)plane) < 0)
                    throw TiffDecoder.Damaged(_name);
                for (var row = 0; row < Math.Min(height, _height - y); row++)
                    Take(tile, row * rowBytes, x, y + row, Math.Min(width, _width - x), plane);
            }
        }
    }

    // One row of stored samples: 16 bits in the machine's byte order, fewer as a bit stream, the highest bit first.
    private void Take(byte[] bytes, int offset, int x, int y, int count, int plane)
    {
        var stride = _separate ? 1 : _stored;
        for (var i = 0; i < count; i++)
        {
            for (var c = 0; c < (_separate ? 1 : _used); c++)
            {
                var sample = i * stride + c;
                var value = _bits == 16 ? BitConverter.ToUInt16(bytes, offset + sample * 2) : Bits(bytes, offset, (long)sample * _bits);
                _values[(y * _width + x + i) * _used + (_separate ? plane : c)] = (ushort)value;
            }
        }
    }

    private int Bits(byte[] bytes, int offset, long first)
    {
        var value = 0;
        for (var bit = first; bit < first + _bits; bit++)
            value = (value << 1) | ((bytes[offset + (int)(bit >> 3)] >> (7 - (int)(bit & 7))) & 1);
        return value;
    }

    private InputException Unsupported(string what) =>
        new($"{_name}: the TIFF contains {what}, expected unsigned gray or RGB of up to 16 bits; save it as PNG or 8-bit TIFF");
}
