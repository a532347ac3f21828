using Litre.Data.Imaging;

namespace Litre.Data.Tiles;

/// <summary>The tiles of one page.</summary>
/// <param name="Columns">Tiles side by side.</param>
/// <param name="Rows">Tiles one below the other.</param>
/// <param name="Tiles">Row by row.</param>
public sealed record TileGrid(int Columns, int Rows, IReadOnlyList<ImageRegion> Tiles);
