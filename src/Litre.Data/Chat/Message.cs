namespace Litre.Data.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Parts">Text, images and videos in their order.</param>
public sealed record Message(Role Role, IReadOnlyList<ContentPart> Parts)
{
    /// <summary>False for an answer that is context only (ms-swift's <c>loss: false</c>).</summary>
    public bool CarriesLoss { get; init; } = true;

    /// <summary>All text of the turn, without its pictures.</summary>
    public string Text => string.Concat(Parts.Where(p => p.Kind == ContentKind.Text).Select(p => p.Text));

    public static Message Of(Role role, string text) => new(role, [ContentPart.OfText(text)]);

    public static Message Of(Role role, params ContentPart[] parts) => new(role, parts);
}
