using Litre.Data.Boxes;
using Litre.Data.Formats;
using Litre.Data.Tiles;

namespace Litre.Training.Tuning;

/// <summary>Which data a run learns from, and how they are read.</summary>
public sealed record DataSettings
{
    /// <summary>A file or a folder; empty if not set yet.</summary>
    public string Path { get; init; } = "";

    /// <summary>An additional folder that relative image paths may start from; empty for none.</summary>
    public string ImageRoot { get; init; } = "";

    /// <summary>The scale of boxes and points in the data.</summary>
    public BoxScale Boxes { get; init; }

    /// <summary>Whether rows are read as plain text, all of which contributes to the loss.</summary>
    public bool TextRows { get; init; }

    /// <summary>The question for rows without one; empty for none.</summary>
    public string Question { get; init; } = "";

    /// <summary>Smaller images are enlarged to this many pixels; 0 for the checkpoint's own limit.</summary>
    public long MinPixels { get; init; }

    /// <summary>Larger images are downscaled to this many pixels; 0 for the checkpoint's own limit.</summary>
    public long MaxPixels { get; init; }

    /// <summary><see cref="MinPixels"/>; null for the checkpoint's own limit.</summary>
    public long? MinimumPixels => MinPixels > 0 ? MinPixels : null;

    /// <summary><see cref="MaxPixels"/>; null for the checkpoint's own limit.</summary>
    public long? MaximumPixels => MaxPixels > 0 ? MaxPixels : null;

    /// <summary>
    /// How pages larger than a tile are split; null downscales them. <see cref="TileAnswers"/> determines what is answered.
    /// </summary>
    public Tiling? Tile { get; init; }

    /// <summary>Whether there is one answer per page or per tile.</summary>
    public TileAnswers TileAnswers { get; init; }

    /// <summary><see cref="Tile"/> and <see cref="TileAnswers"/> together; null if pages are downscaled.</summary>
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
