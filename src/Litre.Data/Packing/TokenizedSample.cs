using Litre.Data.Samples;

namespace Litre.Data.Packing;

/// <summary>A sample as model input, except for its pixels, which are loaded when they are needed.</summary>
public sealed record TokenizedSample
{
    public required Sample Sample { get; init; }

    /// <summary>(T) token ids.</summary>
    public required int[] InputIds { get; init; }

    /// <summary>(T) the token itself if it carries loss, otherwise -100. Not shifted.</summary>
    public required int[] Labels { get; init; }

    /// <summary>(T) 0 text, 1 image pad, 2 video pad.</summary>
    public required byte[] TokenTypes { get; init; }

    /// <summary>Images and videos in the order of their pads.</summary>
    public required IReadOnlyList<VisualInput> Visuals { get; init; }

    /// <summary>
    /// One sample per tile if each tile of a page is answered separately. Tokens, labels and images above are then those of the longest.
    /// Empty for all other samples.
    /// </summary>
    public IReadOnlyList<TokenizedSample> TileSamples { get; init; } = [];

    /// <summary>The samples to train on: the sample itself, or its parts.</summary>
    public IEnumerable<TokenizedSample> TrainingSamples =>
        TileSamples.Count > 0 ? TileSamples.Select(p => p with { ContentHashes = ContentHashes }) : [this];

    /// <summary>
    /// Content hashes of the images and videos, regardless of their paths; for a sample without any, of its questions. Empty if they were
    /// not read.
    /// </summary>
    public IReadOnlyList<string> ContentHashes { get; init; } = [];

    /// <summary>A key that is equal for samples about the same images; empty if there are none.</summary>
    public string ImageSetKey => string.Join('\n', Visuals.Select(v => v.Key));

    /// <summary>Tokens of the sequence.</summary>
    public int Length => InputIds.Length;

    /// <summary>Tokens that carry loss.</summary>
    public int AnswerTokens => Labels.Count(l => l >= 0);

    /// <summary>Pad tokens of images and videos.</summary>
    public int VisualTokens => TokenTypes.Count(t => t != 0);

    /// <summary>Rows of the patch matrix of all visuals.</summary>
    public int Patches => Visuals.Sum(v => v.Grid.Patches);
}
