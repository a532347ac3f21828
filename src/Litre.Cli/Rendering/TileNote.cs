using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Tiles;

namespace Litre.Cli.Rendering;

/// <summary>One line about an image that is cut into tiles, or shrunk so far that small lettering may be lost.</summary>
internal static class TileNote
{
    /// <summary>How large images among many are cut; null where they are shrunk.</summary>
    public static string? OfMany(SampleEncoder encoder, bool fromAdapter) =>
        encoder.Tiling is not { } tiling
            ? null
            : $"images larger than {tiling.Width}x{tiling.Height} pixels are cut into tiles "
                + $"({tiling}){(tiling.Answers == TileAnswers.Tile ? ", each asked by itself" : "")}"
                + (fromAdapter ? ", as the adapter was trained; --tile off shrinks them" : "");

    /// <summary>Null where the image is shown about as it is, or not at all.</summary>
    /// <param name="image">A whole one.</param>
    /// <param name="encoder">With the tiling in use.</param>
    /// <param name="fromAdapter">Whether the tiling is the adapter's own.</param>
    /// <exception cref="InputException">The image cannot be read.</exception>
    public static string? Of(ImageSource image, SampleEncoder encoder, bool fromAdapter)
    {
        if (encoder.Processor is not { } processor)
            return null; // the question will be refused
        var (width, height) = ImageDecoder.ReadSize(image, encoder.Limits);
        if (encoder.Tiling is { } tiling && tiling.Cuts(width, height))
        {
            var grid = tiling.Cut(width, height);
            var what =
                tiling.Answers == TileAnswers.Tile ? ", each asked by itself"
                : tiling.ShowsPage ? " and the shrunk page"
                : "";
            var origin = fromAdapter ? " as the adapter was trained; --tile off shrinks it" : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{image.Name}: {width}x{height} pixels, cut into {grid.Columns}x{grid.Rows} tiles of "
                    + $"{grid.Tiles[0].Width}x{grid.Tiles[0].Height}{what}{origin}"
            );
        }
        var shown = ShrinkFactor.Of(width, height, processor);
        return shown >= ShrinkFactor.Legible
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{image.Name}: {width}x{height} pixels, shrunk to {shown * 100:0} % of its width: small lettering "
                    + $"may become illegible; --tile 1024 cuts it into tiles"
            );
    }
}
