using System.Buffers;
using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Cuts parts out of an image that is decoded once, from its first row to its last, and resizes each.</summary>
internal static class CropReader
{
    /// <summary>Reads all cuts, in the order in which they are complete. Memory is that of the cuts under the row in hand.</summary>
    /// <param name="name">What messages call the whole image.</param>
    /// <param name="encoded">Its file's bytes.</param>
    /// <param name="size">Of the upright image, as the cuts were planned.</param>
    /// <param name="cuts">Any number, overlapping or not.</param>
    /// <param name="limits">Of its size.</param>
    /// <returns>Which of the cuts, and its pixels, which the caller disposes.</returns>
    /// <exception cref="InputException">The image cannot be read, or changed since the cuts were planned.</exception>
    public static IEnumerable<(int Index, RgbaImage Image)> Read(
        string name,
        byte[] encoded,
        (int Width, int Height) size,
        IReadOnlyList<ImageCrop> cuts,
        ImageLimits limits
    )
    {
        using var rows = PixelRows.Open(name, encoded, limits);
        if (rows.Upright != size)
            throw new InputException(
                $"{name}: has {rows.Upright.Width}x{rows.Upright.Height} pixels, expected {size.Width}x{size.Height} "
                    + "as when it was counted; it changed meanwhile, start again"
            );
        var stored = cuts.Select((c, i) => (Index: i, Cut: Stored(c, rows))).OrderBy(c => c.Cut.Region.Y).ToList();
        var (open, next) = (new List<(int Index, ImageRegion Region, RowResizer Resizer)>(), 0);
        var row = ArrayPool<byte>.Shared.Rent(rows.Width * 4);
        try
        {
            var end = stored.Count == 0 ? 0 : stored.Max(c => c.Cut.Region.Bottom);
            for (var y = 0; y < end; y++)
            {
                rows.Read(row.AsSpan(0, rows.Width * 4));
                for (; next < stored.Count && stored[next].Cut.Region.Y <= y; next++)
                {
                    var (index, cut) = stored[next];
                    open.Add((index, cut.Region, new RowResizer(cut.Region.Width, cut.Region.Height, cut.Width, cut.Height)));
                }
                foreach (var (_, region, resizer) in open)
                    resizer.Add(row.AsSpan(region.X * 4, region.Width * 4));
                for (var i = 0; i < open.Count; i++)
                {
                    if (!open[i].Resizer.IsComplete)
                        continue;
                    var (index, _, resizer) = open[i];
                    open.RemoveAt(i--);
                    yield return (index, Orientation.Apply(resizer.Take(), rows.Origin));
                }
            }
        }
        finally
        {
            foreach (var (_, _, resizer) in open)
                resizer.Dispose();
            ArrayPool<byte>.Shared.Return(row);
        }
    }

    /// <summary>Decodes every row and forgets it.</summary>
    /// <exception cref="InputException">The image is damaged or larger than the limits.</exception>
    public static void Examine(string name, byte[] encoded, ImageLimits limits)
    {
        using var rows = PixelRows.Open(name, encoded, limits);
        var row = ArrayPool<byte>.Shared.Rent(rows.Width * 4);
        try
        {
            for (var y = 0; y < rows.Height; y++)
                rows.Read(row.AsSpan(0, rows.Width * 4));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
        }
    }

    // Where a part of the upright image lies among the stored rows; what is made of it is turned afterwards.
    private static ImageCrop Stored(ImageCrop cut, PixelRows rows)
    {
        var (width, height, region) = (rows.Width, rows.Height, cut.Region);
        var (x, y, w, h) = (region.X, region.Y, region.Width, region.Height);
        var (right, bottom) = (region.Right, region.Bottom);
        return rows.Origin switch
        {
            SKEncodedOrigin.TopRight => cut with { Region = new(width - right, y, w, h) },
            SKEncodedOrigin.BottomRight => cut with { Region = new(width - right, height - bottom, w, h) },
            SKEncodedOrigin.BottomLeft => cut with { Region = new(x, height - bottom, w, h) },
            SKEncodedOrigin.LeftTop => new(new(y, x, h, w), cut.Height, cut.Width),
            SKEncodedOrigin.RightTop => new(new(y, height - right, h, w), cut.Height, cut.Width),
            SKEncodedOrigin.RightBottom => new(new(width - bottom, height - right, h, w), cut.Height, cut.Width),
            SKEncodedOrigin.LeftBottom => new(new(width - bottom, x, h, w), cut.Height, cut.Width),
            _ => cut,
        };
    }
}

/// <summary>A part of an image and the size that it is resized to.</summary>
/// <param name="Region">Of the upright image.</param>
/// <param name="Width">Columns after resizing.</param>
/// <param name="Height">Rows after resizing.</param>
internal readonly record struct ImageCrop(ImageRegion Region, int Width, int Height);
