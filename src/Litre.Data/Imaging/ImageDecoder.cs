using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// Decodes PNG, JPEG, WebP, BMP, TIFF and the first frame of GIF into upright 8-bit RGB, HEIC and AVIF if the system has a
/// converter: EXIF orientation applied, color values as stored (no color management, like the reference processor), transparency composited
/// on white, samples of 10 to 14 bits stored in 16 scaled by the bits in use. Thread-safe.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Version of the decoding libraries and rules: others may give other values for the same image.</summary>
    internal static string Version { get; } = $"{EarlierVersion}, 2";

    /// <summary>Version of the previous rules, which did not support every TIFF, rotated PNG or image of 10 to 14 bits.</summary>
    internal static string EarlierVersion => $"SkiaSharp {typeof(SKCodec).Assembly.GetName().Version}";

    /// <summary>Width and height of the upright image, from its header alone.</summary>
    /// <exception cref="InputException">It is missing, has an unknown format, or is larger than the limits.</exception>
    public static (int Width, int Height) ReadSize(ImageSource source, ImageLimits limits)
    {
        if (source.View is { } view)
            return (view.Region.Width, view.Region.Height);
        return ReadSize(source.Name, source.ReadBytes(limits), limits);
    }

    /// <inheritdoc cref="ReadSize(ImageSource, ImageLimits)"/>
    internal static (int Width, int Height) ReadSize(string name, byte[] encoded, ImageLimits limits)
    {
        if (TiffDecoder.Recognizes(encoded))
            return TiffDecoder.ReadSize(name, encoded, limits);
        var converted = Converted(name, ref encoded);
        var (width, height, origin) = Inspect(name, encoded, limits);
        return Orientation.SwapsSides(converted ?? origin) ? (height, width) : (width, height);
    }

    /// <inheritdoc cref="Decode(string, byte[], ImageLimits)"/>
    public static RgbaImage Decode(ImageSource source, ImageLimits limits)
    {
        if (source.View is null)
            return Decode(source.Name, source.ReadBytes(limits), limits);
        var (width, height) = ReadSize(source, limits);
        return Decode(source, width, height, limits);
    }

    /// <summary>Decodes and resizes, row by row where the format allows that; the caller disposes the result.</summary>
    /// <exception cref="InputException">It is damaged, larger than the limits, or has changed since it was planned.</exception>
    public static RgbaImage Decode(ImageSource source, int width, int height, ImageLimits limits)
    {
        var page = source.View?.Page ?? source;
        var encoded = page.ReadBytes(limits);
        var size = source.View?.PageSize ?? ReadSize(page.Name, encoded, limits);
        var region = source.View?.Region ?? new ImageRegion(0, 0, size.Width, size.Height);
        return CropReader.Read(page.Name, encoded, size, [new ImageCrop(region, width, height)], limits).Single().Image;
    }

    /// <summary>Decodes an encoded image and discards it.</summary>
    /// <exception cref="InputException">It has an unknown format, or is damaged, truncated, or larger than the limits.</exception>
    public static void Examine(string name, byte[] encoded, ImageLimits limits) => CropReader.Examine(name, encoded, limits);

    /// <summary>Decodes a whole encoded image; the caller disposes the result.</summary>
    /// <exception cref="InputException">It has an unknown format, or is damaged, truncated, or larger than the limits.</exception>
    public static RgbaImage Decode(string name, byte[] encoded, ImageLimits limits)
    {
        if (TiffDecoder.Recognizes(encoded))
            return TiffDecoder.Decode(name, encoded, limits);
        var origin = Converted(name, ref encoded);
        using var data = SKData.CreateCopy(encoded);
        using var codec = Open(name, data, limits);
        CheckWhole(name, codec.Info.Width, codec.Info.Height, limits);
        var image = Decode(name, codec);
        if (PngFile.Recognizes(encoded) && PngFile.Depth(encoded) == 16)
            DeepPng.Rescale(codec, encoded, image);
        return Orientation.Apply(image, origin ?? Origin(codec, encoded));
    }

    /// <exception cref="InputException">The declared size is zero, or larger than the limits.</exception>
    internal static void CheckSize(string name, int width, int height, ImageLimits limits)
    {
        if (width > 0 && height > 0 && (long)width * height <= limits.MaximumPixels)
            return;
        throw new InputException(
            $"{name}: declares {width}x{height} pixels, expected at least 1 and at most "
                + $"{limits.MaximumPixels} in total; save it smaller"
        );
    }

    /// <exception cref="InputException">The image can only be decoded as a whole, and is too large for that.</exception>
    internal static void CheckWhole(string name, int width, int height, ImageLimits limits)
    {
        if ((long)width * height <= limits.MaximumWholePixels)
            return;
        throw new InputException(
            $"{name}: declares {width}x{height} pixels, and an image of this kind can only be decoded whole, up to "
                + $"{limits.MaximumWholePixels} pixels; "
                + "save it as JPEG, or as PNG or TIFF of 8 bits per channel without interlacing, which are decoded row by row"
        );
    }

    // A converter has already rotated the image; an orientation that its file still states is not applied again.
    internal static SKEncodedOrigin? Converted(string name, ref byte[] encoded)
    {
        if (HeifConverter.Recognize(encoded) is not { } kind)
            return null;
        encoded = HeifConverter.ToPng(name, encoded, kind);
        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin Origin(SKCodec codec, ReadOnlySpan<byte> encoded) =>
        PngFile.Recognizes(encoded) ? PngFile.Origin(encoded) : codec.EncodedOrigin;

    private static unsafe RgbaImage Decode(string name, SKCodec codec)
    {
        // Unpremultiplied, so that half-transparent colors are composited on white without rounding twice.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var image = new RgbaImage(info.Width, info.Height);
        try
        {
            image.Pixels.Clear();
            SKCodecResult result;
            fixed (byte* pixels = image.Pixels)
                result = codec.GetPixels(info, (nint)pixels, info.RowBytes, new SKCodecOptions(0));
            if (result != SKCodecResult.Success)
            {
                throw new InputException(
                    $"{name}: the image is {Describe(result)}, expected a whole "
                        + $"{codec.EncodedFormat} of {info.Width}x{info.Height}; copy or download it again"
                );
            }
            if (codec.Info.AlphaType != SKAlphaType.Opaque)
                FlattenOnWhite(image.Pixels);
        }
        catch
        {
            image.Dispose();
            throw;
        }
        return image;
    }

    /// <summary>Width and height as stored, and the orientation, from its header.</summary>
    internal static (int Width, int Height, SKEncodedOrigin Origin) Inspect(string name, byte[] encoded, ImageLimits limits)
    {
        using var data = SKData.CreateCopy(encoded);
        using var codec = Open(name, data, limits);
        return (codec.Info.Width, codec.Info.Height, Origin(codec, encoded));
    }

    private static SKCodec Open(string name, SKData data, ImageLimits limits)
    {
        var codec = SKCodec.Create(new SKMemoryStream(data), out _); // the codec owns the stream
        if (codec == null)
        {
            throw new InputException(
                $"{name}: {FileKind.Describe(data.AsSpan())}, "
                    + "expected PNG, JPEG, WebP, BMP, GIF or TIFF; convert it or download it again"
            );
        }
        try
        {
            CheckSize(name, codec.Info.Width, codec.Info.Height, limits);
            return codec;
        }
        catch
        {
            codec.Dispose();
            throw;
        }
    }

    internal static void FlattenOnWhite(Span<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha == 255)
                continue;
            var white = 255 * (255 - alpha) + 127;
            pixels[i] = (byte)((pixels[i] * alpha + white) / 255);
            pixels[i + 1] = (byte)((pixels[i + 1] * alpha + white) / 255);
            pixels[i + 2] = (byte)((pixels[i + 2] * alpha + white) / 255);
            pixels[i + 3] = 255;
        }
    }

    private static string Describe(SKCodecResult result) =>
        result switch
        {
            SKCodecResult.IncompleteInput => "truncated",
            SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "damaged",
            _ => $"not decodable ({result})",
        };
}

/// <summary>Limits of an image, beyond which it is refused before decoding.</summary>
/// <param name="MaximumPixels">Maximum width times height of an image that is decoded row by row: A0 at 600 dpi is 532 Mi pixels.</param>
/// <param name="MaximumBytes">Maximum size of the encoded file.</param>
/// <param name="MaximumWholePixels">Maximum pixels of an image that can only be decoded as a whole; 64 Mi pixels need 256 MiB while they
/// are decoded.</param>
public sealed record ImageLimits(long MaximumPixels = 1L << 30, long MaximumBytes = 256L << 20, long MaximumWholePixels = 64L << 20)
{
    public static ImageLimits Default { get; } = new();
}
