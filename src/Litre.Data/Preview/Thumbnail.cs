using Litre.Data.Imaging;
using Litre.Torch;
using SkiaSharp;

namespace Litre.Data.Preview;

/// <summary>Pictures small enough to stand inside a page.</summary>
public static class Thumbnail
{
    private const int Quality = 82;

    /// <summary>A data URL of the picture as JPEG, with its longer side at most <paramref name="side"/> pixels.</summary>
    /// <returns>The URL, and width and height of the picture as it is.</returns>
    /// <exception cref="InputException">The picture cannot be decoded.</exception>
    public static unsafe (string Url, int Width, int Height) Create(ImageSource source, int side, ImageLimits limits)
    {
        using var image = ImageDecoder.Decode(source, limits);
        var scale = Math.Min(1.0, (double)side / Math.Max(image.Width, image.Height));
        var (width, height) = (Math.Max((int)(image.Width * scale), 1), Math.Max((int)(image.Height * scale), 1));
        using var small = scale < 1 ? BicubicResizer.Resize(image, width, height) : null;
        var shown = small ?? image;
        fixed (byte* pixels = shown.Pixels)
        {
            var info = new SKImageInfo(shown.Width, shown.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using var pixmap = new SKPixmap(info, (nint)pixels);
            using var jpeg = pixmap.Encode(SKEncodedImageFormat.Jpeg, Quality)
                ?? throw new InputException($"{source.Name}: cannot be shown small; look at the file itself");
            return ($"data:image/jpeg;base64,{Convert.ToBase64String(jpeg.AsSpan())}", image.Width, image.Height);
        }
    }
}
