namespace Litre.Data.Chat;

/// <summary>The speaker of a turn.</summary>
public enum Role
{
    System,
    User,
    Assistant,

    /// <summary>The result of a tool call, which the template writes into a user turn.</summary>
    Tool,
}
