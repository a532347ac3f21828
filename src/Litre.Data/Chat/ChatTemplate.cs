using System.Text.Json;
using Litre.Torch;

namespace Litre.Data.Chat;

/// <summary>
/// Which form of Qwen3-VL's chat text a checkpoint asks for. Its Jinja text is examined, not run: what is known is
/// followed exactly, and for anything else <see cref="Notice"/> says what differs.
/// </summary>
/// <param name="Thinks">The Thinking models' form: answers begin with <c>&lt;think&gt;</c>.</param>
/// <param name="Notice">One line for the user where the checkpoint's template is missing or not the known one.</param>
public sealed record ChatTemplate(bool Thinks, string? Notice)
{
    private static readonly string[] Marks =
        ["<|im_start|>", "<|im_end|>", "<|vision_start|><|image_pad|><|vision_end|>", "add_generation_prompt"];

    /// <summary>The Instruct models' form.</summary>
    public static ChatTemplate Instruct { get; } = new(false, null);

    /// <summary>What the model continues from, after the last turn.</summary>
    public string GenerationPrompt => Thinks ? "assistant\n<think>\n" : "assistant\n";

    /// <summary>Reads chat_template.jinja, chat_template.json or tokenizer_config.json of a checkpoint, the first there is.</summary>
    /// <exception cref="InputException">A file is no JSON or cannot be read.</exception>
    public static ChatTemplate Load(string checkpoint)
    {
        foreach (var name in (string[])["chat_template.jinja", "chat_template.json", "tokenizer_config.json"])
        {
            var path = Path.Combine(checkpoint, name);
            if (File.Exists(path) && Read(path) is { } text) return Examine(path, text);
        }
        return Instruct with { Notice = $"{checkpoint}: holds no chat template; Qwen3-VL's own form is used" };
    }

    /// <summary>Recognises a template by what it writes.</summary>
    public static ChatTemplate Examine(string path, string text)
    {
        var thinks = text.Contains("<|im_start|>assistant\\n<think>", StringComparison.Ordinal);
        var missing = Marks.Where(m => !text.Contains(m, StringComparison.Ordinal)).ToList();
        if (missing.Count > 0)
            return new(thinks, $"{path}: is not Qwen3-VL's template (it never writes {string.Join(", ", missing)}); Qwen3-VL's own form is used, compare before you rely on it");
        if (text.Contains("You are a helpful assistant", StringComparison.Ordinal) || text.Contains("You are Qwen", StringComparison.Ordinal))
            return new(thinks, $"{path}: adds a system prompt where a conversation has none, which Qwen3-VL's does not; none is added, give a system message if you want one");
        return new(thinks, null);
    }

    private static string? Read(string path)
    {
        try
        {
            if (path.EndsWith(".jinja", StringComparison.Ordinal)) return File.ReadAllText(path);
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object &&
                document.RootElement.TryGetProperty("chat_template", out var text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); download the file again", e);
        }
    }
}
