namespace Litre.Data.Tokenization;

/// <summary>What all tokenizers of a model family share: a byte-level BPE's pattern and added tokens.</summary>
public sealed record TokenFormat
{
    /// <summary>What messages call the family.</summary>
    public required string Family { get; init; }

    /// <summary>A regular expression that splits text into the words inside which pairs are merged.</summary>
    public required string Pattern { get; init; }

    /// <summary>Text of each added token, and whether it is a control token, in the order of their ids.</summary>
    public required IReadOnlyList<(string Content, bool IsSpecial)> Added { get; init; }

    /// <summary>Control tokens by their entry that carry content: texts may spell them, and answers keep them.</summary>
    public IReadOnlyList<string> ContentTokens { get; init; } = [];

    /// <summary>Ends a document; pads.</summary>
    public required string EndOfText { get; init; }

    /// <summary>Ends a turn, and so an answer.</summary>
    public required string TurnEnd { get; init; }

    /// <summary>What stands for images and videos; null for a family that reads text alone.</summary>
    public required VisualTokens? Visual { get; init; }

    /// <summary><c>tokenizer_class</c> of new checkpoints.</summary>
    public required string TokenizerClass { get; init; }
}

/// <summary>Control tokens that stand for images and videos.</summary>
/// <param name="Start">Before an image, or a frame.</param>
/// <param name="End">After it.</param>
/// <param name="ImagePad">Each token of an image.</param>
/// <param name="VideoPad">Each token of a video.</param>
public sealed record VisualTokens(string Start, string End, string ImagePad, string VideoPad);
