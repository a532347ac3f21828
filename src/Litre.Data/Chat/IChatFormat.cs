namespace Litre.Data.Chat;

/// <summary>How the checkpoints of a model family write conversations.</summary>
public interface IChatFormat
{
    /// <summary>What messages call the family.</summary>
    string Family { get; }

    /// <summary>The Jinja text of <see cref="Default"/>, for <c>chat_template.jinja</c> and the like of new checkpoints.</summary>
    string TemplateText { get; }

    /// <summary>The family's own form, for checkpoints without a template.</summary>
    ChatTemplate Default { get; }

    /// <summary>
    /// Recognises a checkpoint's template by what it writes. The Jinja text is examined, not run: what is known is followed exactly, and
    /// for anything else <see cref="ChatTemplate.Notice"/> says what differs.
    /// </summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="text">The Jinja text.</param>
    ChatTemplate Examine(string path, string text);

    /// <summary>
    /// Every run of a conversation's text that is encoded as one, in its order: openings of turns, and texts between images. A tokenizer
    /// is trained on them.
    /// </summary>
    IEnumerable<string> TextRuns(IReadOnlyList<Message> messages);
}
