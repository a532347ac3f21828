using Litre.Core;
using Litre.Data.Imaging;
using SkiaSharp;

namespace Litre.Data.Preview;

/// <summary>Images small enough to be embedded in a page.</summary>
public static class Thumbnail
{
    private const int Quality = 82;

    /// <summary>A data URL of the image as JPEG, with its longer side at most <paramref name="side"/> pixels.</summary>
    /// <returns>The URL, and the original width and height of the image.</returns>
    /// <exception cref="InputException">The image cannot be decoded.</exception>
    public static (string Url, int Width, int Height) Create(ImageSource source, int side, ImageLimits limits)
    {
        var (width, height) = ImageDecoder.ReadSize(source, limits);
        var small = Fit(width, height, side);
        using var image = ImageDecoder.Decode(source, small.Width, small.Height, limits);
        return (Encode(source.Name, image), width, height);
    }

    /// <summary>The same for parts of one image, which is decoded once.</summary>
    /// <param name="parts">Parts of one page, all with <see cref="ImageSource.View"/>.</param>
    /// <param name="side">Longer side of each, in pixels.</param>
    /// <param name="limits">Limits of the page.</param>
    /// <exception cref="InputException">The page cannot be decoded.</exception>
    public static string[] CreateParts(IReadOnlyList<ImageSource> parts, int side, ImageLimits limits)
    {
        var (page, size) = (parts[0].View!.Page, parts[0].View!.PageSize);
        var cuts = parts
            .Select(p => p.View!.Region)
            .Select(r => (Region: r, Small: Fit(r.Width, r.Height, side)))
            .Select(c => new ImageCrop(c.Region, c.Small.Width, c.Small.Height))
            .ToList();
        var urls = new string[parts.Count];
        foreach (var (index, image) in CropReader.Read(page.Name, page.ReadBytes(limits), size, cuts, limits))
        {
            using (image)
                urls[index] = Encode(parts[index].Name, image);
        }
        return urls;
    }

    private static (int Width, int Height) Fit(int width, int height, int side)
    {
        var scale = Math.Min(1.0, (double)side / Math.Max(width, height));
        return (Math.Max((int)(width * scale), 1), Math.Max((int)(height * scale), 1));
    }

    private static unsafe string Encode(string name, RgbaImage image)
    {
        fixed (byte* pixels = image.Pixels)
        {
            var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using var pixmap = new SKPixmap(info, (nint)pixels);
            using var jpeg =
                pixmap.Encode(SKEncodedImageFormat.Jpeg, Quality)
                ?? throw new InputException($"{name}: no thumbnail can be made; open the file itself");
            return $"data:image/jpeg;base64,{Convert.ToBase64String(jpeg.AsSpan())}";
        }
    }
}
