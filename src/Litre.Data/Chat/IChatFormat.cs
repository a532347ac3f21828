namespace Litre.Data.Chat;

/// <summary>The chat format of a model family's checkpoints.</summary>
public interface IChatFormat
{
    /// <summary>The family's name in messages.</summary>
    string Family { get; }

    /// <summary>The Jinja text of <see cref="Default"/>, for <c>chat_template.jinja</c> and similar files of new checkpoints.</summary>
    string TemplateText { get; }

    /// <summary>The family's built-in template, for checkpoints without one.</summary>
    ChatTemplate Default { get; }

    /// <summary>
    /// Recognizes a checkpoint's template by what it writes. The Jinja text is examined, not run: known templates are followed exactly, and
    /// for others <see cref="ChatTemplate.Notice"/> states what differs.
    /// </summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="text">The Jinja text.</param>
    ChatTemplate Examine(string path, string text);

    /// <summary>
    /// Every part of a conversation's text that is encoded as a unit, in order: openings of turns, and texts between images. A tokenizer
    /// is trained on them.
    /// </summary>
    IEnumerable<string> TextRuns(IReadOnlyList<Message> messages);
}
