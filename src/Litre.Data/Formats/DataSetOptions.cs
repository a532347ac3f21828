using Litre.Data.Boxes;

namespace Litre.Data.Formats;

/// <summary>How data are read.</summary>
public sealed record DataSetOptions
{
    /// <summary>An additional folder for relative image paths.</summary>
    public string? ImageRoot { get; init; }

    /// <summary>The scale of boxes and points in the data; they are converted to the model's.</summary>
    public BoxScale Boxes { get; init; }

    /// <summary>Whether rows of plain text are read, for continued pretraining: all of the text carries loss.</summary>
    public bool TextRows { get; init; }

    /// <summary>The question for rows that contain an answer or a caption but no question; null refuses them.</summary>
    public string? Question { get; init; }

    /// <summary>The maximum size of a row in bytes; a larger one is listed as unusable.</summary>
    public int MaximumRowBytes { get; init; } = 128 << 20;

    /// <summary>Bytes of embedded images kept in memory; more go to a temporary file.</summary>
    public long EmbeddedMemoryBytes { get; init; } = 256L << 20;

    public static DataSetOptions Default { get; } = new();
}
