using System.Text.RegularExpressions;

namespace Litre.Model.Families;

/// <summary>Names of well-known models, of supported and of other families.</summary>
internal static partial class WellKnownNames
{
    /// <summary>Whether a name is spelled like a model of such a family and of some size.</summary>
    internal static bool Contains(string name) => Name().IsMatch(name);

    [GeneratedRegex(
        @"^(Qwen|QVQ|QwQ|Llama|Meta-Llama|gemma|paligemma|Mistral|Ministral|Pixtral|Phi"
            + @"|InternVL|MiniCPM|GLM|ChatGLM|llava|SmolVLM|SmolLM|DeepSeek"
            + @"|Kimi|Molmo|idefics|granite|Ovis|Yi|gpt-oss)"
            + @"[\w.\-]*[-_.]?\d+(\.\d+)?[BM](-A\d+(\.\d+)?B)?"
            + @"([-_](Instruct|it|pt|Chat|Thinking|Base|hf|Preview|\d+))*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Name();
}
