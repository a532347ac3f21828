namespace Litre.Model.Layers;

/// <summary>Checkpoint keys of a decoder.</summary>
/// <param name="Embedding">Token embedding.</param>
/// <param name="FinalNorm">Norm after the last layer.</param>
/// <param name="Head">Output head.</param>
/// <param name="Layers">The keys of each layer.</param>
public sealed record DecoderKeys(string Embedding, string FinalNorm, string Head, IReadOnlyList<DecoderLayerKeys> Layers);

/// <summary>Checkpoint keys of one decoder layer. A layer has either a dense block's keys or the experts'.</summary>
public sealed record DecoderLayerKeys
{
    public required string InputNorm { get; init; }

    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string AttentionOut { get; init; }

    public required string QueryNorm { get; init; }

    public required string KeyNorm { get; init; }

    public required string PostAttentionNorm { get; init; }

    public required string Gate { get; init; }

    public required string Up { get; init; }

    public required string Down { get; init; }

    public required string Router { get; init; }

    public required string ExpertsGateUp { get; init; }

    public required string ExpertsDown { get; init; }
}
