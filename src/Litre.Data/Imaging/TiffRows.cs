using BitMiracle.LibTiff.Classic;
using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Rows of a TIFF of up to 8 bits per sample, one strip or one row of tiles at a time.</summary>
internal sealed class TiffRows : PixelRows
{
    private readonly string _name;
    private readonly Tiff _tiff;
    private readonly int _stepX,
        _stepY;
    private readonly int[] _raster; // one strip or tile
    private readonly byte[] _band; // (rows of a strip or tile, Width, 4)
    private readonly TiffScanlines? _scanlines;
    private int _row;

    private TiffRows(string name, Tiff tiff, int width, int height, SKEncodedOrigin origin, int stepX, int stepY, TiffScanlines? scanlines)
        : base(width, height, origin)
    {
        (_name, _tiff, _stepX, _stepY, _scanlines) = (name, tiff, stepX, stepY, scanlines);
        _raster = scanlines is null ? new int[stepX * stepY] : [];
        _band = scanlines is null ? new byte[checked(width * stepY * 4)] : [];
    }

    /// <summary>Null if it is small, or if its strips are so large that decoding it as a whole is as good.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="limits">Limits of its size.</param>
    /// <param name="always">Whether to open it even if it is small.</param>
    /// <exception cref="InputException">It is damaged or larger than the limits.</exception>
    public static TiffRows? TryOpen(string name, byte[] encoded, ImageLimits limits, bool always = false) =>
        TiffDecoder.Guard(
            name,
            () =>
            {
                var tiff = TiffDecoder.Open(name, encoded);
                if (TryOpen(name, tiff, limits, always) is { } rows)
                    return rows;
                tiff.Dispose();
                return null;
            }
        );

    public override void Read(Span<byte> pixels)
    {
        for (; pixels.Length > 0; pixels = pixels[(Width * 4)..], _row++)
        {
            if (_scanlines is not null)
            {
                if (!TiffDecoder.Guard(_name, () => _scanlines.Read(_row)))
                    throw TiffDecoder.Damaged(_name);
                _scanlines.Expand(pixels[..(Width * 4)]);
                continue;
            }
            if (_row % _stepY == 0)
                TiffDecoder.Guard(_name, ReadBand);
            _band.AsSpan(_row % _stepY * Width * 4, Width * 4).CopyTo(pixels);
        }
    }

    public override void Dispose() => _tiff.Dispose();

    private static TiffRows? TryOpen(string name, Tiff tiff, ImageLimits limits, bool always)
    {
        var (width, height) = TiffDecoder.Size(name, tiff, limits);
        var origin = TiffDecoder.Turn(tiff);
        if (!always && !IsLarge(width, height, origin, limits))
            return null;
        if (TiffDecoder.Number(tiff, TiffTag.BITSPERSAMPLE, 1) > 8)
            return null;
        tiff.SetField(TiffTag.ORIENTATION, BitMiracle.LibTiff.Classic.Orientation.TOPLEFT);
        // CAD programs write one strip for the whole sheet.
        if (TiffScanlines.TryOpen(tiff, width) is { } scanlines)
            return new TiffRows(name, tiff, width, height, origin, 0, 1, scanlines);
        var (stepX, stepY) = tiff.IsTiled()
            ? (TiffDecoder.Number(tiff, TiffTag.TILEWIDTH, 0), TiffDecoder.Number(tiff, TiffTag.TILELENGTH, 0))
            : (width, Math.Min(height, TiffDecoder.Number(tiff, TiffTag.ROWSPERSTRIP, height) is var rows and > 0 ? rows : height));
        if (stepX <= 0 || stepY <= 0 || (long)Math.Max(stepX, width) * stepY > WholePixels || !tiff.RGBAImageOK(out _))
            return null;
        return new TiffRows(name, tiff, width, height, origin, stepX, stepY, null);
    }

    private bool ReadBand()
    {
        var tiled = _tiff.IsTiled();
        for (var x = 0; x < Width; x += _stepX)
        {
            if (!(tiled ? _tiff.ReadRGBATile(x, _row, _raster) : _tiff.ReadRGBAStrip(_row, _raster)))
                throw TiffDecoder.Damaged(_name);
            // The last strip has only its rows; tiles are always complete. Rows are stored from the bottom up.
            var high = tiled ? _stepY : Math.Min(_stepY, Height - _row);
            for (var row = 0; row < Math.Min(high, Height - _row); row++)
                TiffDecoder.CopyOnWhite(
                    _raster.AsSpan((high - 1 - row) * _stepX, Math.Min(_stepX, Width - x)),
                    _band.AsSpan((row * Width + x) * 4)
                );
        }
        return true;
    }
}
