using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Tiles;

namespace Litre.Cli.Rendering;

/// <summary>One line about an image that is cut into tiles, or downscaled so far that small text may become illegible.</summary>
internal static class TileNote
{
    /// <summary>Returns how large images are cut, for a set of images; null if they are downscaled.</summary>
    public static string? OfMany(SampleEncoder encoder, bool fromAdapter) =>
        encoder.Tiling is not { } tiling
            ? null
            : $"images larger than {tiling.Width}x{tiling.Height} pixels are cut into tiles "
                + $"({tiling}){(tiling.Answers == TileAnswers.Tile ? ", each answered separately" : "")}"
                + (fromAdapter ? ", as in the adapter's training; --tile off downscales them instead" : "");

    /// <summary>Returns the line for one image; null if it is shown at about its own size, or refused.</summary>
    /// <param name="image">A whole image, not a tile.</param>
    /// <param name="encoder">The encoder with the tiling in use.</param>
    /// <param name="fromAdapter">Whether the tiling comes from the adapter.</param>
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
                tiling.Answers == TileAnswers.Tile ? ", each answered separately"
                : tiling.ShowsPage ? " plus the downscaled page"
                : "";
            var origin = fromAdapter ? ", as in the adapter's training; --tile off downscales it instead" : "";
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
                $"{image.Name}: {width}x{height} pixels, downscaled to {shown * 100:0} % of its width: small text "
                    + $"may become illegible; --tile 1024 cuts it into tiles"
            );
    }
}
