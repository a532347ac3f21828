using Litre.Data.Tokenization;

namespace Litre.Model.Families.Qwen;

/// <summary>What the tokenizers of all these models share.</summary>
internal static class QwenTokens
{
    public const string EndOfText = "<|endoftext|>";
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";
    public const string VisionStart = "<|vision_start|>";
    public const string VisionEnd = "<|vision_end|>";
    public const string ImagePad = "<|image_pad|>";
    public const string VideoPad = "<|video_pad|>";

    // Marks around what a text points at: names, boxes and outlines.
    private static readonly string[] Grounding =
    [
        "<|object_ref_start|>",
        "<|object_ref_end|>",
        "<|box_start|>",
        "<|box_end|>",
        "<|quad_start|>",
        "<|quad_end|>",
    ];

    /// <summary>Pattern and added tokens.</summary>
    /// <param name="family">The family's name, for messages.</param>
    /// <param name="readsImages">Whether the family reads images.</param>
    public static TokenFormat Format(string family, bool readsImages) =>
        new()
        {
            Family = family,
            // Contractions, letters with one leading mark, single digits, marks, blanks.
            Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            Added =
            [
                (EndOfText, true),
                (TurnStart, true),
                (TurnEnd, true),
                .. Grounding.Select(t => (t, true)),
                (VisionStart, true),
                (VisionEnd, true),
                ("<|vision_pad|>", true),
                (ImagePad, true),
                (VideoPad, true),
                ("<tool_call>", false),
                ("</tool_call>", false),
                ("<|fim_prefix|>", false),
                ("<|fim_middle|>", false),
                ("<|fim_suffix|>", false),
                ("<|fim_pad|>", false),
                ("<|repo_name|>", false),
                ("<|file_sep|>", false),
                ("<tool_response>", false),
                ("</tool_response>", false),
                ("<think>", false),
                ("</think>", false),
            ],
            ContentTokens = Grounding,
            EndOfText = EndOfText,
            TurnEnd = TurnEnd,
            Visual = readsImages ? new VisualTokens(VisionStart, VisionEnd, ImagePad, VideoPad) : null,
            TokenizerClass = "Qwen2Tokenizer",
        };
}
