namespace Litre.Data.Chat;

/// <summary>A run of text, or the place of an image or video.</summary>
/// <param name="Kind">Text, image or video.</param>
/// <param name="Text">The text; empty for the others.</param>
/// <param name="Index">Which of the sample's images, or of its videos; 0 for text.</param>
public readonly record struct ContentPart(ContentKind Kind, string Text, int Index)
{
    public static ContentPart OfText(string text) => new(ContentKind.Text, text, 0);

    public static ContentPart OfImage(int index) => new(ContentKind.Image, "", index);

    public static ContentPart OfVideo(int index) => new(ContentKind.Video, "", index);
}
