using Litre.Data.Samples;

namespace Litre.Data.Tiles;

/// <summary>What is asked of each tile of a page.</summary>
/// <param name="Grid">The tiles.</param>
/// <param name="PageSize">Of the page in pixels.</param>
/// <param name="Samples">One of each tile, in reading order.</param>
public sealed record TileQuestions(TileGrid Grid, (int Width, int Height) PageSize, IReadOnlyList<Sample> Samples)
{
    /// <summary>One answer about the page, with boxes on its scale, from one answer of each tile.</summary>
    public string Join(IReadOnlyList<string> answers) =>
        TileJoin.Join([.. answers.Select((a, t) => TileBoxes.ToPage(a, Grid.Tiles[t], PageSize))]);
}
