namespace Litre.Data.Tokenization;

/// <summary>What every tokenizer of the Qwen3-VL family shares: its pattern and its added tokens, in the order of their ids.</summary>
public static class QwenTokens
{
    public const string EndOfText = "<|endoftext|>";
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";
    public const string VisionStart = "<|vision_start|>";
    public const string VisionEnd = "<|vision_end|>";
    public const string ImagePad = "<|image_pad|>";
    public const string VideoPad = "<|video_pad|>";

    /// <summary>
    /// Marks around what a text points at: names, boxes and outlines. Control tokens by their entry, content by their use.
    /// </summary>
    public static IReadOnlyList<string> Grounding { get; } =
    ["<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>"];

    /// <summary>Splits text into words: contractions, letters with one leading mark, single digits, marks, blanks.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Text of each added token, and whether it is a control token.</summary>
    public static IReadOnlyList<(string Content, bool IsSpecial)> Added { get; } =
    [
        (EndOfText, true),
        (TurnStart, true),
        (TurnEnd, true),
        ("<|object_ref_start|>", true),
        ("<|object_ref_end|>", true),
        ("<|box_start|>", true),
        ("<|box_end|>", true),
        ("<|quad_start|>", true),
        ("<|quad_end|>", true),
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
    ];
}
