namespace Litre.Data.Tiles;

/// <summary>What is answered about a page that is cut into tiles.</summary>
public enum TileAnswers
{
    /// <summary>The page: one answer from all tiles together, with boxes on the page's scale.</summary>
    Page,

    /// <summary>Each tile by itself, with boxes on the tile's scale; the answers are joined, with boxes on the page's scale.</summary>
    Tile,
}
