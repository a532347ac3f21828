using System.Buffers;
using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Crops parts of an image that is decoded once, from its first row to its last, and resizes each.</summary>
internal static class CropReader
{
    /// <summary>
    /// Reads all crops, in the order in which they are completed. Memory is needed only for the crops of the current row.
    /// </summary>
    /// <param name="name">The name of the whole image in messages.</param>
    /// <param name="encoded">Its file's bytes.</param>
    /// <param name="size">The size of the upright image for which the crops were planned.</param>
    /// <param name="cuts">The crops; they may overlap.</param>
    /// <param name="limits">Limits of its size.</param>
    /// <returns>The index of each crop, and its pixels, which the caller disposes.</returns>
    /// <exception cref="InputException">The image cannot be read, or has changed since the crops were planned.</exception>
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
                    + "as when it was counted; it has changed since; start again"
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

    /// <summary>Decodes every row and discards it.</summary>
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

    // The position of a part of the upright image in the stored rows; the result is rotated afterward.
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
/// <param name="Region">The region of the upright image.</param>
/// <param name="Width">Columns after resizing.</param>
/// <param name="Height">Rows after resizing.</param>
internal readonly record struct ImageCrop(ImageRegion Region, int Width, int Height);
