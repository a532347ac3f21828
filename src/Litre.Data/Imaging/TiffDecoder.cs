using BitMiracle.LibTiff.Classic;
using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// Decodes TIFF with LibTiff.NET, as written by scanners and CAD programs: bilevel (CCITT), gray, palette, RGB, CMYK and YCbCr, in
/// strips or tiles, 1 to 16 bits per sample. Thread-safe.
/// </summary>
internal static class TiffDecoder
{
    private const int MaxPages = 10_000;

    // LibTiff has one handler per process, which writes to the console by default.
    private static readonly LastError Errors = new();

    static TiffDecoder() => Tiff.SetErrorHandler(Errors);

    public static bool Recognizes(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8) || encoded.StartsWith("II+\0"u8) || encoded.StartsWith("MM\0+"u8);

    /// <summary>Width and height of the upright image.</summary>
    /// <exception cref="InputException">It is damaged, larger than the limits, or contains several pages.</exception>
    public static (int Width, int Height) ReadSize(string name, byte[] encoded, ImageLimits limits) =>
        Guard(
            name,
            () =>
            {
                using var tiff = Open(name, encoded);
                var (width, height) = Size(name, tiff, limits);
                return Orientation.SwapsSides(Turn(tiff)) ? (height, width) : (width, height);
            }
        );

    /// <summary>Decodes the image, upright; the caller disposes the result.</summary>
    /// <exception cref="InputException">It is damaged, of an unsupported kind, larger than the limits, or contains several
    /// pages.</exception>
    public static RgbaImage Decode(string name, byte[] encoded, ImageLimits limits) =>
        Guard(
            name,
            () =>
            {
                using var tiff = Open(name, encoded);
                var (width, height) = Size(name, tiff, limits);
                ImageDecoder.CheckWhole(name, width, height, limits);
                var turn = Turn(tiff);
                // Rows are read as they are stored and rotated afterward, as for every other format.
                tiff.SetField(TiffTag.ORIENTATION, BitMiracle.LibTiff.Classic.Orientation.TOPLEFT);
                var image = new RgbaImage(width, height);
                try
                {
                    if (Number(tiff, TiffTag.BITSPERSAMPLE, 1) > 8)
                        new TiffSamples(name, tiff, width, height).Fill(image);
                    else
                        FillColors(name, tiff, image);
                }
                catch
                {
                    image.Dispose();
                    throw;
                }
                return Orientation.Apply(image, turn);
            }
        );

    /// <summary>A numeric field, or <paramref name="fallback"/> if the file does not have it.</summary>
    internal static int Number(Tiff tiff, TiffTag tag, int fallback) =>
        (tiff.GetFieldDefaulted(tag) ?? tiff.GetField(tag)) is { Length: > 0 } field ? field[0].ToInt() : fallback;

    internal static InputException Damaged(string name) =>
        new(
            $"{name}: the image is damaged, expected a whole "
                + $"TIFF{(Errors.Take() is { Length: > 0 } reason ? $" ({reason})" : "")}; copy or download it again"
        );

    internal static Tiff Open(string name, byte[] encoded)
    {
        Errors.Take();
        var tiff = Tiff.ClientOpen(name, "r", new MemoryStream(encoded, writable: false), new TiffStream()) ?? throw Damaged(name);
        try
        {
            var pages = new List<short>();
            var directory = 0;
            do
            {
                // Thumbnails and masks are stored next to the page that they belong to.
                var kind = (FileType)Number(tiff, TiffTag.SUBFILETYPE, 0);
                if ((kind & (FileType.REDUCEDIMAGE | FileType.MASK)) == 0)
                    pages.Add((short)directory);
            } while (++directory < MaxPages && tiff.ReadDirectory());
            if (pages.Count > 1)
            {
                throw new InputException(
                    $"{name}: the TIFF contains {pages.Count} pages, expected one image; split it into one file per page "
                        + "(tiffsplit, or `magick FILE page-%d.png`) and list the pages as images"
                );
            }
            if (pages.Count == 0 || !tiff.SetDirectory(pages[0]))
                throw Damaged(name);
            return tiff;
        }
        catch
        {
            tiff.Dispose();
            throw;
        }
    }

    internal static (int Width, int Height) Size(string name, Tiff tiff, ImageLimits limits)
    {
        var (width, height) = (Number(tiff, TiffTag.IMAGEWIDTH, 0), Number(tiff, TiffTag.IMAGELENGTH, 0));
        ImageDecoder.CheckSize(name, width, height, limits);
        return (width, height);
    }

    internal static SKEncodedOrigin Turn(Tiff tiff) =>
        Number(tiff, TiffTag.ORIENTATION, 1) is var turn and >= 1 and <= 8 ? (SKEncodedOrigin)turn : SKEncodedOrigin.TopLeft;

    // One strip or tile at a time: rows from the bottom up, R in the lowest byte, colors multiplied by alpha.
    private static void FillColors(string name, Tiff tiff, RgbaImage image)
    {
        if (!tiff.RGBAImageOK(out var reason))
            throw new InputException($"{name}: the TIFF is of a kind that is not supported ({reason}); save it as PNG");
        var (stepX, stepY) = tiff.IsTiled()
            ? (Number(tiff, TiffTag.TILEWIDTH, 0), Number(tiff, TiffTag.TILELENGTH, 0))
            : (
                image.Width,
                Math.Min(image.Height, Number(tiff, TiffTag.ROWSPERSTRIP, image.Height) is var rows and > 0 ? rows : image.Height)
            );
        if (stepX <= 0 || stepY <= 0 || (long)stepX * stepY > int.MaxValue / 4)
            throw Damaged(name);
        var raster = new int[stepX * stepY];
        for (var y = 0; y < image.Height; y += stepY)
        {
            for (var x = 0; x < image.Width; x += stepX)
            {
                if (!(tiff.IsTiled() ? tiff.ReadRGBATile(x, y, raster) : tiff.ReadRGBAStrip(y, raster)))
                    throw Damaged(name);
                // The last strip has only its rows; tiles are always complete.
                var high = tiff.IsTiled() ? stepY : Math.Min(stepY, image.Height - y);
                for (var row = 0; row < Math.Min(high, image.Height - y); row++)
                    CopyOnWhite(
                        raster.AsSpan((high - 1 - row) * stepX, Math.Min(stepX, image.Width - x)),
                        image.Pixels[(((y + row) * image.Width + x) * 4)..]
                    );
            }
        }
    }

    internal static void CopyOnWhite(ReadOnlySpan<int> from, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var white = 255 - Tiff.GetA(from[i]);
            to[i * 4] = (byte)Math.Min(255, Tiff.GetR(from[i]) + white);
            to[i * 4 + 1] = (byte)Math.Min(255, Tiff.GetG(from[i]) + white);
            to[i * 4 + 2] = (byte)Math.Min(255, Tiff.GetB(from[i]) + white);
            to[i * 4 + 3] = 255;
        }
    }

    // On damaged files the library throws any kind of exception.
    internal static T Guard<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not InputException and not OutOfMemoryException)
        {
            throw Damaged(name);
        }
    }

    private sealed class LastError : TiffErrorHandler
    {
        [ThreadStatic]
        private static string? _last;

        public string? Take()
        {
            var last = _last;
            _last = null;
            return last;
        }

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) => Keep(format, args);

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args) { }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args) { }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args) { }

        private static void Keep(string format, object[] args)
        {
            try
            {
                _last ??= string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
            }
            catch (FormatException)
            {
                _last ??= format;
            }
        }
    }
}
