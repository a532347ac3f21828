using Litre.Data.Boxes;

namespace Litre.Data.Formats;

/// <summary>How data are read.</summary>
public sealed record DataSetOptions
{
    /// <summary>A further folder that relative image paths may begin from.</summary>
    public string? ImageRoot { get; init; }

    /// <summary>The scale on which the data write boxes and points; they are brought to the model's.</summary>
    public BoxScale Boxes { get; init; }

    /// <summary>Whether rows of plain text are read, for continued pretraining: all of the text carries loss.</summary>
    public bool TextRows { get; init; }

    /// <summary>What rows are asked that hold an answer or a caption and no question; null refuses them.</summary>
    public string? Question { get; init; }

    /// <summary>Longest row in bytes; a longer one is listed as unusable.</summary>
    public int MaximumRowBytes { get; init; } = 128 << 20;

    /// <summary>Bytes of embedded images kept in memory; more go to a temporary file.</summary>
    public long EmbeddedMemoryBytes { get; init; } = 256L << 20;

    public static DataSetOptions Default { get; } = new();
}
