using Litre.Torch;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>
/// Decodes PNG, JPEG, WebP, BMP and the first frame of GIF into upright 8-bit RGB: EXIF orientation applied, colour
/// values as stored (no colour management, as the reference processor), transparency laid on white. Thread-safe.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Of the library that decodes: another may give other values for the same picture.</summary>
    internal static string Version { get; } = $"SkiaSharp {typeof(SKCodec).Assembly.GetName().Version}";

    /// <summary>Width and height of the upright picture, from its header alone.</summary>
    /// <exception cref="InputException">It is missing, no known format, or larger than the limits.</exception>
    public static (int Width, int Height) ReadSize(ImageSource source, ImageLimits limits)
    {
        using var data = SKData.CreateCopy(source.ReadBytes(limits));
        using var codec = Open(source.Name, data, limits);
        return UprightSize(codec);
    }

    /// <inheritdoc cref="Decode(string, ReadOnlySpan{byte}, ImageLimits)"/>
    public static RgbaImage Decode(ImageSource source, ImageLimits limits) =>
        Decode(source.Name, source.ReadBytes(limits), limits);

    /// <summary>Decodes a whole encoded picture; the caller disposes the result.</summary>
    /// <exception cref="InputException">It is no known format, damaged, cut short, or larger than the limits.</exception>
    public static unsafe RgbaImage Decode(string name, ReadOnlySpan<byte> encoded, ImageLimits limits)
    {
        using var data = SKData.CreateCopy(encoded);
        using var codec = Open(name, data, limits);
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
        return Orientation.Apply(image, codec.EncodedOrigin);
    }

    private static SKCodec Open(string name, SKData data, ImageLimits limits)
    {
        var codec = SKCodec.Create(new SKMemoryStream(data), out _); // the codec owns the stream
        if (codec == null)
        {
            throw new InputException($"{name}: {FileKind.Describe(data.AsSpan())}, " +
                "expected PNG, JPEG, WebP, BMP or GIF; convert it or download it again");
        }
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width > 0 && height > 0 && (long)width * height <= Math.Min(limits.MaximumPixels, int.MaxValue / 4)) return codec;
        codec.Dispose();
        throw new InputException($"{name}: declares {width}x{height} pixels, expected at least 1 and at most " +
            $"{limits.MaximumPixels} in all; save it smaller");
    }

    private static (int Width, int Height) UprightSize(SKCodec codec) => Orientation.SwapsSides(codec.EncodedOrigin)
        ? (codec.Info.Height, codec.Info.Width)
        : (codec.Info.Width, codec.Info.Height);

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
