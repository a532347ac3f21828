using System.Security.Cryptography;
using System.Text;

namespace Litre.Data.Imaging;

/// <summary>A part of an image that is shown as a separate image: a tile, or the whole page at a smaller size.</summary>
/// <param name="Page">The whole image.</param>
/// <param name="PageSize">Its upright size in pixels when the part was planned.</param>
/// <param name="Region">The region within it.</param>
/// <param name="MaximumPixels">Maximum number of pixels at which the part is shown; null for the processor's limit.</param>
public sealed record ImageView(ImageSource Page, (int Width, int Height) PageSize, ImageRegion Region, long? MaximumPixels)
{
    // Cached for the last page: all tiles of a page are requested one after the other.
    [ThreadStatic]
    private static (string Key, string Hash)? _last;

    /// <summary>SHA-256, in hexadecimal, of the page's bytes and the part.</summary>
    /// <exception cref="Core.InputException">The page cannot be read.</exception>
    internal string ContentHash(ImageLimits limits)
    {
        var key = Page.Key;
        if (_last?.Key != key)
            _last = (key, Page.ContentHash(limits));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{_last.Value.Hash} {this}")));
    }

    /// <summary>The part, without the page's name.</summary>
    public override string ToString() => $"{Region} of {PageSize.Width}x{PageSize.Height}";
}
