using Litre.Torch;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// Decodes PNG, JPEG, WebP, BMP, TIFF and the first frame of GIF into upright 8-bit RGB, HEIC and AVIF where the system has a
/// converter: EXIF orientation applied, color values as stored (no color management, as the reference processor), transparency laid
/// on white, samples of 10 to 14 bits in 16 scaled by the bits in use. Thread-safe.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Of the libraries and rules that decode: others may give other values for the same image.</summary>
    internal static string Version { get; } = $"SkiaSharp {typeof(SKCodec).Assembly.GetName().Version}, 2";

    /// <summary>Width and height of the upright picture, from its header alone.</summary>
    /// <exception cref="InputException">It is missing, no known format, or larger than the limits.</exception>
    public static (int Width, int Height) ReadSize(ImageSource source, ImageLimits limits)
    {
        var encoded = source.ReadBytes(limits);
        if (TiffDecoder.Recognises(encoded)) return TiffDecoder.ReadSize(source.Name, encoded, limits);
        var origin = Converted(source.Name, ref encoded);
        using var data = SKData.CreateCopy(encoded);
        using var codec = Open(source.Name, data, limits);
        return Orientation.SwapsSides(origin ?? Origin(codec, encoded)) ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
    }

    /// <inheritdoc cref="Decode(string, byte[], ImageLimits)"/>
    public static RgbaImage Decode(ImageSource source, ImageLimits limits) =>
        Decode(source.Name, source.ReadBytes(limits), limits);

    /// <summary>Decodes a whole encoded picture; the caller disposes the result.</summary>
    /// <exception cref="InputException">It is no known format, damaged, cut short, or larger than the limits.</exception>
    public static RgbaImage Decode(string name, byte[] encoded, ImageLimits limits)
    {
        if (TiffDecoder.Recognises(encoded)) return TiffDecoder.Decode(name, encoded, limits);
        var origin = Converted(name, ref encoded);
        using var data = SKData.CreateCopy(encoded);
        using var codec = Open(name, data, limits);
        var image = Decode(name, codec);
        if (PngFile.Recognises(encoded) && PngFile.Depth(encoded) == 16) DeepPng.Rescale(codec, encoded, image);
        return Orientation.Apply(image, origin ?? Origin(codec, encoded));
    }

    /// <exception cref="InputException">The declared size is nothing, or larger than the limits.</exception>
    internal static void CheckSize(string name, int width, int height, ImageLimits limits)
    {
        if (width > 0 && height > 0 && (long)width * height <= Math.Min(limits.MaximumPixels, int.MaxValue / 4)) return;
        throw new InputException($"{name}: declares {width}x{height} pixels, expected at least 1 and at most " +
            $"{limits.MaximumPixels} in all; save it smaller");
    }

    // A converter has turned the image already; what its file still says of that is not applied once more.
    private static SKEncodedOrigin? Converted(string name, ref byte[] encoded)
    {
        if (HeifConverter.Recognise(encoded) is not { } kind) return null;
        encoded = HeifConverter.ToPng(name, encoded, kind);
        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin Origin(SKCodec codec, ReadOnlySpan<byte> encoded) =>
        PngFile.Recognises(encoded) ? PngFile.Origin(encoded) : codec.EncodedOrigin;

    private static unsafe RgbaImage Decode(string name, SKCodec codec)
    {
        // Unpremultiplied, so that half transparent colours are laid on white without rounding twice.
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
                throw new InputException($"{name}: the picture is {Describe(result)}, expected a whole " +
                    $"{codec.EncodedFormat} of {info.Width}x{info.Height}; copy or download it again");
            }
            if (codec.Info.AlphaType != SKAlphaType.Opaque) FlattenOnWhite(image.Pixels);
        }
        catch
        {
            image.Dispose();
            throw;
        }
        return image;
    }

    private static SKCodec Open(string name, SKData data, ImageLimits limits)
    {
        var codec = SKCodec.Create(new SKMemoryStream(data), out _); // the codec owns the stream
        if (codec == null)
        {
            throw new InputException($"{name}: {FileKind.Describe(data.AsSpan())}, " +
                "expected PNG, JPEG, WebP, BMP, GIF or TIFF; convert it or download it again");
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

    private static void FlattenOnWhite(Span<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha == 255) continue;
            var white = 255 * (255 - alpha) + 127;
            pixels[i] = (byte)((pixels[i] * alpha + white) / 255);
            pixels[i + 1] = (byte)((pixels[i + 1] * alpha + white) / 255);
            pixels[i + 2] = (byte)((pixels[i + 2] * alpha + white) / 255);
            pixels[i + 3] = 255;
        }
    }

    private static string Describe(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "cut short",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "damaged",
        _ => $"not decodable ({result})",
    };
}
