using Litre.Data.Imaging;
using SkiaSharp;

namespace Litre.Data.Tests.Imaging;

internal static class TestImages
{
    public static RgbaImage Gradient(int width, int height)
    {
        using var bitmap = GradientBitmap(width, height);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 1);
        return ImageDecoder.Decode("gradient", data.ToArray(), ImageLimits.Default);
    }

    public static byte[] Encode(int width, int height, SKEncodedImageFormat format, int quality = 95)
    {
        using var bitmap = GradientBitmap(width, height);
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    private static unsafe SKBitmap GradientBitmap(int width, int height)
    {
        var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = (byte*)bitmap.GetPixels();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var p = pixels + y * bitmap.RowBytes + x * 4;
                (p[0], p[1], p[2], p[3]) = ((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)((x * 7 + y * 13) % 256), 255);
            }
        }
        return bitmap;
    }
}
