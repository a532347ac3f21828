using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// An image decoded row by row, from the first stored row to the last, so that its memory does not grow with its size where the
/// format allows that. Pixels are four bytes (R, G, B, 255), transparency laid on white. Not thread-safe.
/// </summary>
internal abstract class PixelRows(int width, int height, SKEncodedOrigin origin) : IDisposable
{
    /// <summary>Smaller images are decoded whole, which is faster: 16 Mi pixels take 64 MiB.</summary>
    public const long WholePixels = 16L << 20;

    /// <summary>Columns as stored.</summary>
    public int Width { get; } = width;

    /// <summary>Rows as stored.</summary>
    public int Height { get; } = height;

    /// <summary>What turns the stored rows upright.</summary>
    public SKEncodedOrigin Origin { get; } = origin;

    /// <summary>Size of the upright image.</summary>
    public (int Width, int Height) Upright => Orientation.SwapsSides(Origin) ? (Height, Width) : (Width, Height);

    /// <summary>Decodes the next rows.</summary>
    /// <param name="pixels">(rows, Width, 4) uint8; no more rows than are left.</param>
    /// <exception cref="InputException">The image is damaged or cut short.</exception>
    public abstract void Read(Span<byte> pixels);

    public abstract void Dispose();

    /// <summary>
    /// Opens an image; what cannot be decoded row by row is decoded whole here, within <see cref="ImageLimits.MaximumWholePixels"/>.
    /// </summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="source">The file's bytes; not to be changed before disposal.</param>
    /// <param name="limits">Of its size.</param>
    /// <exception cref="InputException">It is not a known format, damaged, or larger than the limits.</exception>
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

        // What was converted is upright, whatever it still says.
        PixelRows Whole() => new WholeRows(ImageDecoder.Decode(name, source, limits));
    }

    /// <summary>
    /// Whether an image is decoded row by row. A turned one is resized in the stored direction, which rounds otherwise: only what
    /// cannot be turned in memory is.
    /// </summary>
    protected static bool IsLarge(int width, int height, SKEncodedOrigin origin, ImageLimits limits)
    {
        var pixels = (long)width * height;
        return pixels > limits.MaximumWholePixels
            || (pixels > WholePixels && (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default));
    }
}
