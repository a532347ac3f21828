namespace Litre.Model;

public sealed record VisionConfig
{
    public required int Depth { get; init; }
    public required int HiddenSize { get; init; }
    public required int Heads { get; init; }
    public required int IntermediateSize { get; init; }
    public required int OutHiddenSize { get; init; }
    public required int PositionEmbeddings { get; init; }
    public required IReadOnlyList<int> DeepstackIndexes { get; init; }
    public int InChannels { get; init; } = 3;
    public int PatchSize { get; init; } = 16;
    public int TemporalPatchSize { get; init; } = 2;
    public int SpatialMergeSize { get; init; } = 2;
    public int HeadDim => HiddenSize / Heads;
    public int PatchElements => InChannels * TemporalPatchSize * PatchSize * PatchSize;
}
