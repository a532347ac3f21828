namespace Litre.Data.Chat;

/// <summary>Who speaks.</summary>
public enum Role
{
    System,
    User,
    Assistant,

    /// <summary>The result of a tool call, which the template lays into a user turn.</summary>
    Tool,
}
