using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen;

/// <summary>Chat text in ChatML with functions as JSON, as used by the checkpoints of these families.</summary>
/// <param name="family">The family's name, for messages.</param>
/// <param name="readsImages">Whether the family reads images.</param>
/// <param name="owner">A type in the namespace of the embedded <c>chat_template.jinja</c> for new checkpoints.</param>
internal sealed class QwenChat(string family, bool readsImages, Type owner) : IChatFormat
{
    private readonly string[] _marks =
    [
        QwenTokens.TurnStart,
        QwenTokens.TurnEnd,
        .. readsImages ? [QwenTokens.VisionStart + QwenTokens.ImagePad + QwenTokens.VisionEnd] : (string[])[],
        "add_generation_prompt",
    ];

    // Calls as JSON, and definitions of functions; templates of other models write calls as XML.
    private static readonly string[] ToolMarks = ["<tools>", "tool_calls", "arguments is string", "</tool_response>"];

    /// <inheritdoc/>
    public string Family => family;

    /// <inheritdoc/>
    public string TemplateText { get; } = ReadTemplate(owner);

    /// <inheritdoc/>
    public ChatTemplate Default => QwenTemplate.Instruct with { ReadsImages = readsImages };

    /// <inheritdoc/>
    public ChatTemplate Examine(string path, string text)
    {
        var thoughts = Thoughts(text);
        var missing = _marks.Where(m => !text.Contains(m, StringComparison.Ordinal)).ToList();
        if (missing.Count > 0)
            return new QwenTemplate(
                thoughts,
                $"{path}: is not {family}'s template (it never writes {string.Join(", ", missing)}), so {family}'s own "
                    + "template is used instead; check with litre data preview that this is what the model expects"
            )
            {
                ReadsImages = readsImages,
            };
        var template = new QwenTemplate(thoughts, null, WritesToolsAsJson(text), WritesLaterSystems(text)) { ReadsImages = readsImages };
        return
            text.Contains("You are a helpful assistant", StringComparison.Ordinal)
            || text.Contains("You are Qwen", StringComparison.Ordinal)
            ? template with
            {
                Notice =
                    $"{path}: adds a default system prompt, which {family}'s template does not; Litre adds none; add a "
                    + "system message to the data if the model needs one",
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

    // The Thinking models' form ends its prompt with an open thought; the form of models with optional thoughts has a switch.
    private static ThoughtForm Thoughts(string text) =>
        text.Contains("<|im_start|>assistant\\n<think>", StringComparison.Ordinal) ? ThoughtForm.Opened
        : text.Contains("enable_thinking", StringComparison.Ordinal) ? ThoughtForm.Optional
        : ThoughtForm.None;

    private static string ReadTemplate(Type owner)
    {
        using var stream = owner.Assembly.GetManifestResourceStream(owner, "chat_template.jinja")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().TrimEnd('\n');
    }
}
