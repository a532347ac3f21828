using System.Text.RegularExpressions;

namespace Litre.Data.Chat;

/// <summary>
/// Control tokens of any family that a text spells out. They are read as plain text, so a text rendered by a template teaches
/// text that generation never produces.
/// </summary>
internal static partial class SpelledTokens
{
    // Tokens of common chat formats; <s> and </s> only at the ends, since HTML has them too.
    [GeneratedRegex(
        @"<\|(?:im_start|im_end|endoftext|vision_start|vision_end|vision_pad|image_pad|video_pad)\|>"
            + @"|\[/?INST\]|<</?SYS>>"
            + @"|<\|(?:begin_of_text|end_of_text|eot_id|eom_id|start_header_id|end_header_id|python_tag"
            + @"|system|user|assistant|observation|end|endofprompt|im_sep"
            + @"|im_user|im_assistant|im_system|im_middle|channel|message|start|return|fim_hole)\|>"
            + @"|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
            + @"|<[|\uFF5C](?:begin|end)[_\u2581]of[_\u2581]sentence[|\uFF5C]>|<\uFF5C(?:User|Assistant)\uFF5C>"
            + @"|\[(?:gMASK|BOS|EOS|UNUSED_TOKEN_\d+)\]|<eoa>|<eoh>|\A\s*<s>|</s>\s*\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Control { get; }

    // The opening of a turn, in the formats that name the speaker.
    [GeneratedRegex(
        @"(?:<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|<\|(?=(?:user|assistant)\|>))"
            + @"\s*(?<role>user|assistant|model)\b"
            + @"|(?<role>\[INST\])|(?<role>\[/INST\])|<\uFF5C(?<role>User|Assistant)\uFF5C>",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Turn { get; }

    // Placeholders of other tools and models for images or videos, which are not read as placeholders.
    [GeneratedRegex(
        @"<(?:IMAGE|Image|VIDEO|Video|IMG|img|IMG_CONTEXT|image_soft_token"
            + @"|image_token|video_token|image_pad|video_pad|audio|AUDIO)/?>"
            + @"|</(?:image|video|img|audio)>|\[IMG(?:_BREAK|_END)?\]"
            + @"|<\|(?:begin_of_image|end_of_image|begin_of_video|end_of_video|image_start|image_end"
            + @"|IMG_CONTEXT|media_start|media_content|media_pad|media_end|audio|audio_pad|audio_start)\|>"
            + @"|<(?:ref-object|bbox)>",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Place { get; }

    /// <summary>The distinct marks of a text that look like placeholders and are not, at most four.</summary>
    public static IReadOnlyList<string> FindPlaces(string text) => [.. Place.Matches(text).Select(m => m.Value).Distinct().Take(4)];

    /// <summary>True if a text contains a conversation rendered by a template: turns of two speakers.</summary>
    public static bool IsRenderedConversation(string text) =>
        Turn.Matches(text).Select(m => m.Groups["role"].Value.ToLowerInvariant()).Distinct().Take(2).Count() == 2;

    /// <summary>The distinct tokens that a text spells out, in order, at most four.</summary>
    public static IReadOnlyList<string> Find(string text) => [.. Control.Matches(text).Select(m => m.Value.Trim()).Distinct().Take(4)];
}
