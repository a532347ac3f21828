using System.Globalization;

namespace Litre.Data.Imaging;

/// <summary>Sizes that the data give for one image, or for every frame of one video, under the common names.</summary>
public sealed record PixelSettings
{
    /// <summary>Minimum number of pixels after resizing (<c>min_pixels</c>); null for the processor's own.</summary>
    public long? MinimumPixels { get; init; }

    /// <summary>Maximum number of pixels after resizing (<c>max_pixels</c>); null for the processor's own.</summary>
    public long? MaximumPixels { get; init; }

    /// <summary>Maximum of the pixels of two frames times the number of pairs (<c>total_pixels</c>); for videos only.</summary>
    public long? TotalPixels { get; init; }

    /// <summary>Width to resize to (<c>resized_width</c>), in pixels, rounded to whole patches; requires the height.</summary>
    public int? Width { get; init; }

    /// <summary>Height to resize to (<c>resized_height</c>), in pixels.</summary>
    public int? Height { get; init; }

    internal string Key => string.Create(CultureInfo.InvariantCulture, $"{MinimumPixels} {MaximumPixels} {TotalPixels} {Width}x{Height}");
}
