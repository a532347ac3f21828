using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>The chat text of Qwen3-VL's checkpoints.</summary>
internal sealed class Qwen3VlChat : IChatFormat
{
    private static readonly string[] Marks =
    [
        QwenTokens.TurnStart,
        QwenTokens.TurnEnd,
        QwenTokens.VisionStart + QwenTokens.ImagePad + QwenTokens.VisionEnd,
        "add_generation_prompt",
    ];

    // Calls as JSON, and definitions of functions; templates of other models write calls as XML.
    private static readonly string[] ToolMarks = ["<tools>", "tool_calls", "arguments is string", "</tool_response>"];

    /// <inheritdoc/>
    public string Family => Qwen3VlFormat.Name;

    /// <inheritdoc/>
    public string TemplateText { get; } = ReadTemplate();

    /// <inheritdoc/>
    public ChatTemplate Default => Qwen3VlTemplate.Instruct;

    /// <inheritdoc/>
    public ChatTemplate Examine(string path, string text)
    {
        var thinks = text.Contains("<|im_start|>assistant\\n<think>", StringComparison.Ordinal);
        var missing = Marks.Where(m => !text.Contains(m, StringComparison.Ordinal)).ToList();
        if (missing.Count > 0)
            return new Qwen3VlTemplate(
                thinks,
                $"{path}: is not Qwen3-VL's template (it never writes {string.Join(", ", missing)}); Qwen3-VL's own "
                    + "form is used, compare before you rely on it"
            );
        var template = new Qwen3VlTemplate(thinks, null, WritesToolsAsJson(text), WritesLaterSystems(text));
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

    /// <inheritdoc/>
    public IEnumerable<string> TextRuns(IReadOnlyList<Message> messages)
    {
        foreach (var message in messages)
        {
            // A question merges with the opening of its turn; an answer is encoded apart from it.
            var run = message.Role switch
            {
                Role.System => "system\n",
                Role.Assistant => "assistant\n",
                _ => "user\n",
            };
            if (message.Role == Role.Assistant)
            {
                yield return run;
                run = "";
            }
            foreach (var part in Parts(message))
            {
                if (part.Kind == ContentKind.Text)
                {
                    run += part.Text;
                    continue;
                }
                if (run.Length > 0)
                    yield return run;
                run = "";
            }
            if (run.Length > 0)
                yield return run;
            yield return "\n";
        }
    }

    private static IEnumerable<ContentPart> Parts(Message message)
    {
        if (message.Thought is { } thought)
            yield return ContentPart.OfText(thought);
        foreach (var part in message.Parts)
            yield return part;
        if (message.Tools.Count > 0)
            yield return ContentPart.OfText("\n\n" + ToolDefinitions.Write(message.Tools));
        if (message.ToolCalls.Count > 0)
            yield return ContentPart.OfText("\n" + ToolCall.Append("", message.ToolCalls));
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

    private static string ReadTemplate()
    {
        using var stream = typeof(Qwen3VlChat).Assembly.GetManifestResourceStream(typeof(Qwen3VlChat), "chat_template.jinja")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().TrimEnd('\n');
    }
}
