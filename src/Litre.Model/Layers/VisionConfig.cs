namespace Litre.Model.Layers;

/// <summary>Sizes and constants of the vision tower, as the checkpoint's configuration gives them.</summary>
public sealed record VisionConfig
{
    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>Attention heads; divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    public required int IntermediateSize { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Frames that one patch spans.</summary>
    public required int TemporalPatchSize { get; init; }

    /// <summary>Side, in patches, of the square that becomes one token.</summary>
    public required int SpatialMergeSize { get; init; }

    /// <summary>Width after the merger; equals the text model's hidden size.</summary>
    public required int OutHiddenSize { get; init; }

    /// <summary>Rows of the learned position grid; a square number.</summary>
    public required int NumPositionEmbeddings { get; init; }

    /// <summary>Blocks whose outputs are added to the first text layers, in their order.</summary>
    public required IReadOnlyList<int> DeepstackVisualIndexes { get; init; }

    /// <summary>Color channels.</summary>
    public required int InChannels { get; init; }

    /// <summary>(C) subtracted from a color channel's values between 0 and 1.</summary>
    public required IReadOnlyList<double> PixelMean { get; init; }

    /// <summary>(C) what the difference is divided by.</summary>
    public required IReadOnlyList<double> PixelDeviation { get; init; }

    /// <summary>Standard deviation of new weights; <see cref="Weights.RandomCheckpoint"/> alone reads it.</summary>
    public double InitializerRange { get; init; } = 0.02;

    public int HeadDim => HiddenSize / Heads;

    /// <summary>Side of the learned position grid.</summary>
    public int PositionGridSide => (int)Math.Round(Math.Sqrt(NumPositionEmbeddings));

    /// <summary>Values of one patch: frames times channels times pixels.</summary>
    public int PatchValues => InChannels * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>Patches that become one token.</summary>
    public int MergedPatches => SpatialMergeSize * SpatialMergeSize;
}
