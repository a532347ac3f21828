using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Chat;

/// <summary>The form of a family's chat text that one checkpoint asks for.</summary>
/// <param name="Notice">One line for the user where the checkpoint's template is missing or not a known one.</param>
public abstract record ChatTemplate(string? Notice)
{
    /// <summary>Where checkpoints made here keep the text.</summary>
    public const string FileName = "chat_template.json";

    /// <summary>Reads chat_template.jinja, chat_template.json or tokenizer_config.json of a checkpoint, the first there is.</summary>
    /// <exception cref="InputException">A file is no JSON or cannot be read.</exception>
    public static ChatTemplate Load(IChatFormat format, string checkpoint)
    {
        foreach (var name in (string[])["chat_template.jinja", FileName, "tokenizer_config.json"])
        {
            var path = Path.Combine(checkpoint, name);
            if (File.Exists(path) && Read(path) is { } text)
                return format.Examine(path, text);
        }
        return format.Default with { Notice = $"{checkpoint}: holds no chat template; {format.Family}'s own form is used" };
    }

    /// <summary>Every control token that it writes.</summary>
    public abstract IReadOnlyList<string> ControlTokens { get; }

    /// <summary>Writes all turns, and marks what of them carries loss.</summary>
    /// <exception cref="InputException">The template does not write a turn.</exception>
    public abstract void Write(TokenWriter writer, IReadOnlyList<Message> messages);

    /// <summary>Writes what the model continues from, after the last turn.</summary>
    public abstract void WriteGenerationPrompt(TokenWriter writer);

    /// <summary>Writes one image.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="tokens">How many pad tokens it has.</param>
    /// <exception cref="InvalidOperationException">The family reads text alone.</exception>
    public virtual void WriteImage(TokenWriter writer, int tokens) =>
        throw new InvalidOperationException($"an image of {tokens} tokens for a chat template that has text alone");

    /// <summary>Writes one video.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="seconds">The time of each temporal patch, in seconds.</param>
    /// <param name="tokensPerFrame">Pad tokens of each.</param>
    /// <exception cref="InvalidOperationException">The family reads text alone.</exception>
    public virtual void WriteVideo(TokenWriter writer, IReadOnlyList<double> seconds, int tokensPerFrame) =>
        throw new InvalidOperationException($"a video of {seconds.Count} temporal patches for a chat template that has text alone");

    /// <summary>What the template does with a conversation that its author may not expect: one line for each thing.</summary>
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
