namespace Litre.Data.Chat;

/// <summary>What a part of a message is.</summary>
public enum ContentKind
{
    Text,
    Image,
    Video,
}
