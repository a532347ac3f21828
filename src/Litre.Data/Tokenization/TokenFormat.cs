namespace Litre.Data.Tokenization;

/// <summary>What all tokenizers of a model family share: a byte-level BPE's pattern and added tokens.</summary>
public sealed record TokenFormat
{
    /// <summary>The family's name in messages.</summary>
    public required string Family { get; init; }

    /// <summary>A regular expression that splits text into the words inside which pairs are merged.</summary>
    public required string Pattern { get; init; }

    /// <summary>Text of each added token, and whether it is a control token, in the order of their ids.</summary>
    public required IReadOnlyList<(string Content, bool IsSpecial)> Added { get; init; }

    /// <summary>Tokens that are marked as control tokens but carry content: texts may spell them out, and answers keep them.</summary>
    public IReadOnlyList<string> ContentTokens { get; init; } = [];

    /// <summary>The token that ends a document; also used for padding.</summary>
    public required string EndOfText { get; init; }

    /// <summary>The token that ends a turn, and so an answer.</summary>
    public required string TurnEnd { get; init; }

    /// <summary>The tokens of images and videos; null for a family that supports text only.</summary>
    public required VisualTokens? Visual { get; init; }

    /// <summary><c>tokenizer_class</c> of new checkpoints.</summary>
    public required string TokenizerClass { get; init; }
}

/// <summary>Control tokens that represent images and videos.</summary>
/// <param name="Start">The token before an image, or a frame.</param>
/// <param name="End">The token after it.</param>
/// <param name="ImagePad">The token repeated for an image.</param>
/// <param name="VideoPad">The token repeated for a video.</param>
public sealed record VisualTokens(string Start, string End, string ImagePad, string VideoPad);
