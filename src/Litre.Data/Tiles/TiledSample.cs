using System.Globalization;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Tiles;

/// <summary>Replaces a large page by its tiles.</summary>
public static class TiledSample
{
    /// <summary>The line before the whole page.</summary>
    public const string PageLine = "Whole page:\n";

    /// <summary>
    /// The sample with each image that is larger than a tile replaced by its tiles in reading order, each after a line with its
    /// position; before them the whole page, if the tiling shows it. Answers stay unchanged: their boxes are on the page's scale.
    /// </summary>
    /// <exception cref="Core.InputException">An image cannot be read.</exception>
    public static Sample Of(Sample sample, Tiling tiling, ImageLimits limits)
    {
        var sizes = Sizes(sample, tiling, limits);
        if (!sizes.Any(s => s.Width > 0))
            return sample;
        var images = new List<ImageSource>();
        var parts = new ContentPart[sizes.Length][];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = sizes[i].Width > 0 ? Parts(sample.Images[i], sizes[i], tiling, images) : [ContentPart.OfImage(images.Count)];
            if (parts[i].Length == 1)
                images.Add(sample.Images[i]);
        }
        return sample with
        {
            Images = images,
            Messages = [.. sample.Messages.Select(m => m with { Parts = [.. m.Parts.SelectMany(Replaced)] })],
        };

        IEnumerable<ContentPart> Replaced(ContentPart part) =>
            part.Kind == ContentKind.Image && (uint)part.Index < (uint)parts.Length ? parts[part.Index] : [part];
    }

    /// <summary>The line before a tile: its number, and its position on the page's scale of 0 to 1000.</summary>
    /// <param name="index">Index from 0, in reading order.</param>
    /// <param name="count">Tiles of the page.</param>
    /// <param name="region">The tile.</param>
    /// <param name="width">Columns of the page.</param>
    /// <param name="height">Rows of the page.</param>
    public static string TileLine(int index, int count, ImageRegion region, int width, int height)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Tile {index + 1} of {count}, x {Scale(region.X, width)}-{Scale(region.Right, width)}, y "
                + $"{Scale(region.Y, height)}-{Scale(region.Bottom, height)}:\n"
        );

        static int Scale(int place, int side) => (int)((2000L * place + side) / (2 * side));
    }

    /// <summary>One tile as a separate image.</summary>
    internal static ImageSource Tile(ImageSource page, (int Width, int Height) size, TileGrid grid, int index) =>
        page.Part(string.Create(CultureInfo.InvariantCulture, $"tile {index + 1} of {grid.Tiles.Count}"), size, grid.Tiles[index]);

    /// <summary>
    /// The size of each image that is split into tiles, 0 for the others: small ones, tiles, those with a size requested by the data, and
    /// those in an answer, since their lines would be learned.
    /// </summary>
    internal static (int Width, int Height)[] Sizes(Sample sample, Tiling tiling, ImageLimits limits)
    {
        var answered = sample
            .Messages.Where(m => m.Role == Role.Assistant)
            .SelectMany(m => m.Parts)
            .Where(p => p.Kind == ContentKind.Image)
            .Select(p => p.Index)
            .ToHashSet();
        return
        [
            .. sample.Images.Select(
                (image, i) =>
                    image.View is null
                    && image.Settings is null
                    && !answered.Contains(i)
                    && ImageDecoder.ReadSize(image, limits) is var size
                    && tiling.Cuts(size.Width, size.Height)
                        ? size
                        : default
            ),
        ];
    }

    private static ContentPart[] Parts(ImageSource page, (int Width, int Height) size, Tiling tiling, List<ImageSource> images)
    {
        var parts = new List<ContentPart>();
        if (tiling.ShowsPage)
            Add(
                PageLine,
                page.Part("whole page", size, new ImageRegion(0, 0, size.Width, size.Height), (long)tiling.Width * tiling.Height)
            );
        var grid = tiling.Cut(size.Width, size.Height);
        for (var i = 0; i < grid.Tiles.Count; i++)
            Add(TileLine(i, grid.Tiles.Count, grid.Tiles[i], size.Width, size.Height), Tile(page, size, grid, i));
        parts.Add(ContentPart.OfText("\n"));
        return [.. parts];

        void Add(string line, ImageSource image)
        {
            parts.Add(ContentPart.OfText(parts.Count == 0 ? line : "\n" + line));
            parts.Add(ContentPart.OfImage(images.Count));
            images.Add(image);
        }
    }
}
