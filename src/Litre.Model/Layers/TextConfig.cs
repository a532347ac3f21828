namespace Litre.Model.Layers;

/// <summary>Sizes and constants of the text model, as the checkpoint's configuration gives them.</summary>
public sealed record TextConfig
{
    /// <summary>H: width of the hidden state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>N: query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>K: key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>D: width of one head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>I of a dense layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>I of one expert; 0 for a dense model.</summary>
    public int MoeIntermediateSize { get; init; }

    /// <summary>E: experts of a layer; 0 for a dense model.</summary>
    public int Experts { get; init; }

    /// <summary>Experts that each token is sent to; 0 for a dense model.</summary>
    public int ExpertsPerToken { get; init; }

    /// <summary>Layers that stay dense in a mixture-of-experts model.</summary>
    public IReadOnlyList<int> MlpOnlyLayers { get; init; } = [];

    /// <summary>Every how many layers one has experts.</summary>
    public int DecoderSparseStep { get; init; } = 1;

    /// <summary>Added to the mean square in every RMSNorm.</summary>
    public required double RmsNormEps { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>
    /// Rotary frequencies given to time, height and width, which sum to half of <see cref="HeadDim"/>; empty if positions are of one
    /// dimension.
    /// </summary>
    public IReadOnlyList<int> MropeSection { get; init; } = [];

    /// <summary>V: rows of the embedding.</summary>
    public required int Vocab { get; init; }

    /// <summary>The longest sequence, in tokens, that the model was trained for.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>Standard deviation of new weights; <see cref="Weights.RandomCheckpoint"/> alone reads it.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether layer <paramref name="layer"/> (from 0) has experts: the rule of transformers.</summary>
    public bool HasExperts(int layer) => Experts > 0 && !MlpOnlyLayers.Contains(layer) && (layer + 1) % DecoderSparseStep == 0;
}
