using System.Runtime.InteropServices;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Rotates an image upright by its EXIF orientation (1 to 8).</summary>
internal static class Orientation
{
    public static bool SwapsSides(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Returns the upright image; the given one is disposed unless it is returned.</summary>
    public static RgbaImage Apply(RgbaImage source, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
            return source;
        var swap = SwapsSides(origin);
        var (width, height) = (source.Width, source.Height);
        var target = new RgbaImage(swap ? height : width, swap ? width : height);
        var from = MemoryMarshal.Cast<byte, uint>(source.Pixels);
        var to = MemoryMarshal.Cast<byte, uint>(target.Pixels);
        for (var y = 0; y < target.Height; y++)
        {
            for (var x = 0; x < target.Width; x++)
            {
                var (sx, sy) = origin switch
                {
                    SKEncodedOrigin.TopRight => (width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, height - 1 - x),
                    SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
                    _ => (width - 1 - y, x), // LeftBottom
                };
                to[y * target.Width + x] = from[sy * width + sx];
            }
        }
        source.Dispose();
        return target;
    }
}
