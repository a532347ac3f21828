using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Configuration;

/// <summary>Sizes and constants of a model, as its <c>config.json</c> gives them.</summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";
    public const string GenerationFileName = "generation_config.json";

    /// <summary>The family of the model.</summary>
    public required IModelFamily Family { get; init; }

    /// <summary>One of the family's <see cref="IModelFamily.ModelTypes"/>.</summary>
    public required string ModelType { get; init; }

    public required TextConfig Text { get; init; }

    /// <summary>Null for a text-only model.</summary>
    public VisionConfig? Vision { get; init; }

    /// <summary>The tokens that represent images; null for a text-only model.</summary>
    public VisualTokenIds? Visual { get; init; }

    /// <summary>Whether the output head is the embedding itself; then the checkpoint may lack it.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Element type that the configuration names; null if it names none, so that the weights' own type is used.</summary>
    public DType? DType { get; init; }

    /// <summary>Tokens that end an answer; empty if no file names one.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Padding token; null if no file names one.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>
    /// The text of <c>config.json</c> as it was read, so that an export can copy it; null for a configuration made in code.
    /// </summary>
    public string? RawJson { get; init; }

    /// <summary>Whether any layer has experts.</summary>
    public bool IsMoe => Text.Experts > 0;

    /// <summary>Every key of its checkpoint.</summary>
    public CheckpointKeys Keys => Family.Keys(this);

    /// <summary>How its tokens are numbered for the rotary embedding.</summary>
    public IPositionScheme Positions => Family.Positions(this);

    /// <summary>Whether a token represents a part of an image.</summary>
    public bool IsVisual(int token) => Visual is { } visual && (token == visual.Image || token == visual.Video);

    /// <summary>Tokens from 0 up to the first that represents an image or a part of one: those that any text may contain.</summary>
    public int PlainTokens => Visual is { } visual ? ((int[])[visual.Image, visual.Video, visual.Start, visual.End]).Min() : Text.Vocab;

    /// <summary>The text of <c>config.json</c> in the hub's spelling.</summary>
    public string ToJson() => Family.Write(this);
}
