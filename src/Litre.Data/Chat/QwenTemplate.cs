namespace Litre.Data.Chat;

/// <summary>The Jinja text of the Instruct models' form, as <see cref="ChatEncoder"/> writes it, for checkpoints made here.</summary>
public static class QwenTemplate
{
    public const string FileName = "chat_template.jinja";

    /// <summary>The template, for <c>chat_template.jinja</c>, <c>chat_template.json</c> and <c>tokenizer_config.json</c>.</summary>
    public static string Text { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(QwenTemplate).Assembly.GetManifestResourceStream($"Litre.Data.Chat.{FileName}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().TrimEnd('\n');
    }
}
