using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Tiles;

/// <summary>Creates a sample for each tile of a page, for answering each tile separately.</summary>
public static class TileSamples
{
    // An object may cross a tile's edge by less than a pixel because of the page's coarse scale.
    private const double Whole = 0.999;

    /// <summary>A warning about rows whose tiles cannot be answered separately.</summary>
    public const string NotByTile =
        "the answer is not a list of boxes on one page, so it is learned from all tiles of the row together, "
        + "although `tile-answers` is tile; "
        + "train such questions with `tile-answers page`";

    /// <summary>
    /// The question for each tile: the sample with the tile instead of the page, and boxes of earlier answers on the tile's scale. Null
    /// unless exactly one image is larger than a tile.
    /// </summary>
    /// <exception cref="Core.InputException">An image cannot be read.</exception>
    public static TileQuestions? ForQuestions(Sample sample, Tiling tiling, ImageLimits limits)
    {
        if (Page(sample, tiling, limits) is not var (index, size))
            return null;
        var grid = tiling.Cut(size.Width, size.Height);
        return new TileQuestions(grid, size, [.. Enumerable.Range(0, grid.Tiles.Count).Select(t => Of(sample, index, size, grid, t))]);
    }

    /// <summary>
    /// The training sample for each tile: every box is in the answer of each tile that contains it completely, or, if none does, of the one
    /// that contains most of it. Tiles without a box have an empty list as their answer; as many of these are kept as there are others, and
    /// at least one. Null unless exactly one image is larger than a tile, if an answer is not a list of boxes, or if a question names
    /// boxes.
    /// </summary>
    /// <exception cref="Core.InputException">An image cannot be read.</exception>
    public static IReadOnlyList<Sample>? ForTraining(Sample sample, Tiling tiling, ImageLimits limits)
    {
        foreach (var message in sample.Messages)
        {
            if (
                message.Role == Role.Assistant ? message.CarriesLoss && BoxList.TryParse(message.Text) is null : TileBoxes.Has(message.Text)
            )
                return null;
        }
        if (ForQuestions(sample, tiling, limits) is not { } asked)
            return null;
        var empty = new List<int>();
        for (var t = 0; t < asked.Samples.Count; t++)
        {
            if (asked.Samples[t].Messages.Where(m => m.Role == Role.Assistant).All(m => !TileBoxes.Has(m.Text)))
                empty.Add(t);
        }
        var kept = Math.Max(1, asked.Samples.Count - empty.Count);
        SeededOrder.For(BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(sample.Id))), 0).Shuffle(empty);
        var omitted = empty.Skip(kept).ToHashSet();
        return [.. asked.Samples.Where((_, t) => !omitted.Contains(t))];
    }

    private static (int Index, (int Width, int Height) Size)? Page(Sample sample, Tiling tiling, ImageLimits limits)
    {
        var sizes = TiledSample.Sizes(sample, tiling, limits);
        var index = Array.FindIndex(sizes, s => s.Width > 0);
        return index >= 0 && sizes.Count(s => s.Width > 0) == 1 ? (index, sizes[index]) : null;
    }

    private static Sample Of(Sample sample, int index, (int Width, int Height) size, TileGrid grid, int tile)
    {
        Message[] messages = [.. sample.Messages.Select(m => m.Role == Role.Assistant ? Localized(m, size, grid, tile) : m)];
        return sample with
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{sample.Id} (tile {tile + 1} of {grid.Tiles.Count})"),
            Messages = messages,
            Images = [.. sample.Images.Select((image, i) => i == index ? TiledSample.Tile(image, size, grid, tile) : image)],
            References = messages[^1].Role == Role.Assistant ? [messages[^1].Text] : sample.References,
        };
    }

    private static Message Localized(Message message, (int Width, int Height) size, TileGrid grid, int tile)
    {
        if (BoxList.TryParse(message.Text) is not { } list)
            return message;
        var boxes = list
            .Boxes.Where(b => Contains(b.Values, size, grid, tile))
            .Select(b => TileBoxes.ToTile(b.Text, grid.Tiles[tile], size))
            .ToList();
        return message with { Parts = [ContentPart.OfText(list.With(boxes))] };
    }

    private static bool Contains(double[] box, (int Width, int Height) size, TileGrid grid, int tile)
    {
        var shares = grid.Tiles.Select(t => TileBoxes.Share(box, t, size)).ToArray();
        var most = shares.Max();
        return most >= Whole ? shares[tile] >= Whole : most > 0 && tile == Array.IndexOf(shares, most);
    }
}

/// <summary>The questions for the tiles of a page.</summary>
/// <param name="Grid">The tiles.</param>
/// <param name="PageSize">The size of the page in pixels.</param>
/// <param name="Samples">One sample per tile, in reading order.</param>
public sealed record TileQuestions(TileGrid Grid, (int Width, int Height) PageSize, IReadOnlyList<Sample> Samples)
{
    /// <summary>One answer about the page, with boxes on its scale, from one answer per tile.</summary>
    public string Join(IReadOnlyList<string> answers) =>
        TileJoin.Join([.. answers.Select((a, t) => TileBoxes.ToPage(a, Grid.Tiles[t], PageSize))]);
}
