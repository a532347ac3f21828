namespace Litre.Data.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">The speaker.</param>
/// <param name="Parts">Text, images and videos in their order.</param>
public sealed record Message(Role Role, IReadOnlyList<ContentPart> Parts)
{
    /// <summary>False for an answer that is only context (ms-swift's <c>loss: false</c>).</summary>
    public bool CarriesLoss { get; init; } = true;

    /// <summary>
    /// The thought before an answer if it is given separately from the text (<c>reasoning_content</c>); otherwise null.
    /// </summary>
    public string? Thought { get; init; }

    /// <summary>Functions that an answer calls, after its text.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>
    /// Definitions of the functions that may be called, as JSON; only in the first message of a conversation, a system message.
    /// </summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>True for the whole text of a row of continued pretraining, which is not in a turn.</summary>
    public bool IsPlainText { get; init; }

    /// <summary>All text of the turn, including calls, without its images.</summary>
    public string Text => ToolCall.Append(Content, ToolCalls);

    /// <summary>The text of the turn without its calls.</summary>
    public string Content => string.Concat(Parts.Where(p => p.Kind == ContentKind.Text).Select(p => p.Text));

    public static Message Of(Role role, string text) => new(role, [ContentPart.OfText(text)]);

    public static Message Of(Role role, params ContentPart[] parts) => new(role, parts);
}

/// <summary>The kind of a part of a message.</summary>
public enum ContentKind
{
    Text,
    Image,
    Video,
}

/// <summary>A piece of text, or the position of an image or video.</summary>
/// <param name="Kind">Text, image or video.</param>
/// <param name="Text">The text; empty for the others.</param>
/// <param name="Index">Index among the sample's images, or among its videos; 0 for text.</param>
public readonly record struct ContentPart(ContentKind Kind, string Text, int Index)
{
    public static ContentPart OfText(string text) => new(ContentKind.Text, text, 0);

    public static ContentPart OfImage(int index) => new(ContentKind.Image, "", index);

    public static ContentPart OfVideo(int index) => new(ContentKind.Video, "", index);
}
