using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// An image decoded row by row, from the first stored row to the last, so that its memory does not grow with its size if the
/// format allows that. Pixels are four bytes (R, G, B, 255), transparency composited on white. Not thread-safe.
/// </summary>
internal abstract class PixelRows(int width, int height, SKEncodedOrigin origin) : IDisposable
{
    /// <summary>Smaller images are decoded as a whole, which is faster: 16 Mi pixels need 64 MiB.</summary>
    public const long WholePixels = 16L << 20;

    /// <summary>Columns as stored.</summary>
    public int Width { get; } = width;

    /// <summary>Rows as stored.</summary>
    public int Height { get; } = height;

    /// <summary>The orientation of the stored rows.</summary>
    public SKEncodedOrigin Origin { get; } = origin;

    /// <summary>Size of the upright image.</summary>
    public (int Width, int Height) Upright => Orientation.SwapsSides(Origin) ? (Height, Width) : (Width, Height);

    /// <summary>Decodes the next rows.</summary>
    /// <param name="pixels">(rows, Width, 4) uint8; at most as many rows as remain.</param>
    /// <exception cref="InputException">The image is damaged or truncated.</exception>
    public abstract void Read(Span<byte> pixels);

    public abstract void Dispose();

    /// <summary>
    /// Opens an image; one that cannot be decoded row by row is decoded as a whole here, within
    /// <see cref="ImageLimits.MaximumWholePixels"/>.
    /// </summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="source">The file's bytes; not to be changed before disposal.</param>
    /// <param name="limits">Limits of its size.</param>
    /// <exception cref="InputException">It has an unknown format, or is damaged or larger than the limits.</exception>
    public static PixelRows Open(string name, byte[] source, ImageLimits limits)
    {
        var encoded = source;
        if (TiffDecoder.Recognizes(encoded))
            return TiffRows.TryOpen(name, encoded, limits) ?? Whole();
        var converted = ImageDecoder.Converted(name, ref encoded);
        var (width, height, origin) = ImageDecoder.Inspect(name, encoded, limits);
        if (!IsLarge(width, height, converted ?? origin, limits))
            return Whole();
        return PngRows.TryOpen(name, encoded, converted ?? origin) ?? SkiaRows.TryOpen(name, encoded) ?? Whole();

        // A converted image is upright, regardless of the orientation that it states.
        PixelRows Whole() => new WholeRows(ImageDecoder.Decode(name, source, limits));
    }

    /// <summary>
    /// Whether an image is decoded row by row. A rotated one is then resized in the stored direction, which rounds differently: this
    /// is done only for one that cannot be rotated in memory.
    /// </summary>
    protected static bool IsLarge(int width, int height, SKEncodedOrigin origin, ImageLimits limits)
    {
        var pixels = (long)width * height;
        return pixels > limits.MaximumWholePixels
            || (pixels > WholePixels && (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default));
    }
}
