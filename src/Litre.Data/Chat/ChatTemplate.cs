using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Chat;

/// <summary>
/// Which form of Qwen3-VL's chat text a checkpoint asks for. Its Jinja text is examined, not run: what is known is
/// followed exactly, and for anything else <see cref="Notice"/> says what differs.
/// </summary>
/// <param name="Thinks">The Thinking models' form: answers begin with <c>&lt;think&gt;</c>.</param>
/// <param name="Notice">One line for the user where the checkpoint's template is missing or not the known one.</param>
/// <param name="WritesTools">Writes definitions of functions and calls of them, as JSON.</param>
/// <param name="LaterSystems">Writes system messages after the first turn, which the Instruct models' form omits.</param>
public sealed record ChatTemplate(bool Thinks, string? Notice, bool WritesTools = true, bool LaterSystems = true)
{
    private static readonly string[] Marks =
    [
        "<|im_start|>",
        "<|im_end|>",
        "<|vision_start|><|image_pad|><|vision_end|>",
        "add_generation_prompt",
    ];

    // Calls as JSON, and definitions of functions; templates of other models write calls as XML.
    private static readonly string[] ToolMarks = ["<tools>", "tool_calls", "arguments is string", "</tool_response>"];

    /// <summary>The Instruct models' form.</summary>
    public static ChatTemplate Instruct { get; } = new(false, null, LaterSystems: false);

    /// <summary>What the model continues from, after the last turn.</summary>
    public string GenerationPrompt => Thinks ? "assistant\n<think>\n" : "assistant\n";

    /// <summary>Reads chat_template.jinja, chat_template.json or tokenizer_config.json of a checkpoint, the first there is.</summary>
    /// <exception cref="InputException">A file is no JSON or cannot be read.</exception>
    public static ChatTemplate Load(string checkpoint)
    {
        foreach (var name in (string[])["chat_template.jinja", "chat_template.json", "tokenizer_config.json"])
        {
            var path = Path.Combine(checkpoint, name);
            if (File.Exists(path) && Read(path) is { } text)
                return Examine(path, text);
        }
        return Instruct with { Notice = $"{checkpoint}: holds no chat template; Qwen3-VL's own form is used" };
    }

    /// <summary>Recognises a template by what it writes.</summary>
    public static ChatTemplate Examine(string path, string text)
    {
        var thinks = text.Contains("<|im_start|>assistant\\n<think>", StringComparison.Ordinal);
        var missing = Marks.Where(m => !text.Contains(m, StringComparison.Ordinal)).ToList();
        if (missing.Count > 0)
            return new(
                thinks,
                $"{path}: is not Qwen3-VL's template (it never writes {string.Join(", ", missing)}); Qwen3-VL's own "
                    + "form is used, compare before you rely on it"
            );
        var template = new ChatTemplate(thinks, null, WritesToolsAsJson(text), WritesLaterSystems(text));
        return
            text.Contains("You are a helpful assistant", StringComparison.Ordinal)
            || text.Contains("You are Qwen", StringComparison.Ordinal)
            ? template with
            {
                Notice =
                    $"{path}: adds a system prompt where a conversation has none, which Qwen3-VL's does not; none is "
                    + "added, give a system message if you want one",
            }
            : template;
    }

    private static bool WritesToolsAsJson(string text) =>
        ToolMarks.All(m => text.Contains(m, StringComparison.Ordinal)) && !text.Contains("<function=", StringComparison.Ordinal);

    // The Instruct models' form has a branch for users, answers and tools, and none for systems; other forms write every role.
    private static bool WritesLaterSystems(string text)
    {
        var compact = text.Replace('"', '\'');
        return compact.Contains("'system' and not loop.first", StringComparison.Ordinal)
            || !compact.Contains("if message.role == 'user'", StringComparison.Ordinal);
    }

    private static string? Read(string path)
    {
        try
        {
            if (path.EndsWith(".jinja", StringComparison.Ordinal))
                return File.ReadAllText(path);
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("chat_template", out var text)
                && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); download the file again", e);
        }
    }
}
