using Litre.Data.Boxes;
using Litre.Data.Formats;
using Litre.Data.Tiles;

namespace Litre.Training.Tuning;

/// <summary>Which data a run learns from, and how they are read.</summary>
public sealed record DataSettings
{
    /// <summary>A file or a folder; empty where nothing says it yet.</summary>
    public string Path { get; init; } = "";

    /// <summary>A further folder that image paths may begin from; empty for none.</summary>
    public string ImageRoot { get; init; } = "";

    /// <summary>The scale of boxes and points in the data.</summary>
    public BoxScale Boxes { get; init; }

    /// <summary>Whether rows of plain text are read, all of whose text carries loss.</summary>
    public bool TextRows { get; init; }

    /// <summary>What rows without a question are asked; empty for nothing.</summary>
    public string Question { get; init; } = "";

    /// <summary>Smaller images are enlarged to so many pixels; 0 for the checkpoint's own limit.</summary>
    public long MinPixels { get; init; }

    /// <summary>Larger images are shrunk to so many pixels; 0 for the checkpoint's own limit.</summary>
    public long MaxPixels { get; init; }

    /// <summary><see cref="MinPixels"/>; null for the checkpoint's own limit.</summary>
    public long? MinimumPixels => MinPixels > 0 ? MinPixels : null;

    /// <summary><see cref="MaxPixels"/>; null for the checkpoint's own limit.</summary>
    public long? MaximumPixels => MaxPixels > 0 ? MaxPixels : null;

    /// <summary>How pages larger than a tile are cut; null shrinks them. What is answered is said by <see cref="TileAnswers"/>.</summary>
    public Tiling? Tile { get; init; }

    /// <summary>Whether answers are a page's or a tile's.</summary>
    public TileAnswers TileAnswers { get; init; }

    /// <summary>Both of how pages are cut and what is answered; null where they are shrunk.</summary>
    public Tiling? Tiling => Tile is null ? null : Tile with { Answers = TileAnswers };

    /// <summary>How the rows are read.</summary>
    public DataSetOptions Options =>
        DataSetOptions.Default with
        {
            ImageRoot = ImageRoot.Length > 0 ? ImageRoot : null,
            Boxes = Boxes,
            TextRows = TextRows,
            Question = Question.Length > 0 ? Question : null,
        };
}
