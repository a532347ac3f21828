using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Chat;

/// <summary>The variant of a family's chat text that one checkpoint requires.</summary>
/// <param name="Notice">One line for the user if the checkpoint's template is missing or unknown; otherwise null.</param>
public abstract record ChatTemplate(string? Notice)
{
    /// <summary>The file with the template in checkpoints that Litre creates.</summary>
    public const string FileName = "chat_template.json";

    /// <summary>Reads chat_template.jinja, chat_template.json or tokenizer_config.json of a checkpoint, the first that exists.</summary>
    /// <exception cref="InputException">A file is not JSON or cannot be read.</exception>
    public static ChatTemplate Load(IChatFormat format, string checkpoint)
    {
        foreach (var name in (string[])["chat_template.jinja", FileName, "tokenizer_config.json"])
        {
            var path = Path.Combine(checkpoint, name);
            if (File.Exists(path) && Read(path) is { } text)
                return format.Examine(path, text);
        }
        return format.Default with { Notice = $"{checkpoint}: contains no chat template; {format.Family}'s built-in format is used" };
    }

    /// <summary>Every control token that it writes.</summary>
    public abstract IReadOnlyList<string> ControlTokens { get; }

    /// <summary>How answers mark thoughts and function calls; by default they do not.</summary>
    public virtual AnswerMarkup Answers => AnswerMarkup.None;

    /// <summary>Writes all turns, and marks the parts that carry loss.</summary>
    /// <exception cref="InputException">The template does not support a turn.</exception>
    public abstract void Write(TokenWriter writer, IReadOnlyList<Message> messages);

    /// <summary>Writes what the model continues from, after the last turn.</summary>
    public abstract void WriteGenerationPrompt(TokenWriter writer);

    /// <summary>Writes one image.</summary>
    /// <param name="writer">The writer to append to.</param>
    /// <param name="tokens">The number of its pad tokens.</param>
    /// <exception cref="InvalidOperationException">The family supports text only.</exception>
    public virtual void WriteImage(TokenWriter writer, int tokens) =>
        throw new InvalidOperationException($"an image of {tokens} tokens for a chat template that supports text only");

    /// <summary>Writes one video.</summary>
    /// <param name="writer">The writer to append to.</param>
    /// <param name="seconds">The time of each temporal patch, in seconds.</param>
    /// <param name="tokensPerFrame">Pad tokens per temporal patch.</param>
    /// <exception cref="InvalidOperationException">The family supports text only.</exception>
    public virtual void WriteVideo(TokenWriter writer, IReadOnlyList<double> seconds, int tokensPerFrame) =>
        throw new InvalidOperationException($"a video of {seconds.Count} temporal patches for a chat template that supports text only");

    /// <summary>Unexpected effects of the template on a conversation: one line for each.</summary>
    public abstract IEnumerable<string> Warnings(IReadOnlyList<Message> messages);

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
