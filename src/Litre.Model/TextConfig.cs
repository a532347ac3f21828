namespace Litre.Model;

public sealed record TextConfig
{
    public required int Vocabulary { get; init; }
    public required int HiddenSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int HeadDim { get; init; }
    public required int IntermediateSize { get; init; }
    public int MoeIntermediateSize { get; init; }
    public int Experts { get; init; }
    public int ExpertsPerToken { get; init; }
    public IReadOnlyList<int> MlpOnlyLayers { get; init; } = [];
    public int DecoderSparseStep { get; init; } = 1;
    public required double RmsNormEps { get; init; }
    public required double RopeTheta { get; init; }
    public required int[] MropeSection { get; init; }

    public bool HasExperts(int layer) => Experts > 0 && !MlpOnlyLayers.Contains(layer) && (layer + 1) % DecoderSparseStep == 0;
}
