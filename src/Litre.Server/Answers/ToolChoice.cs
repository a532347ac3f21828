namespace Litre.Server.Answers;

/// <summary>Which functions an answer may or must call.</summary>
/// <param name="Kind">Whether it may or must.</param>
/// <param name="Name">The function that must be called; null if any may be.</param>
public sealed record ToolChoice(ToolChoiceKind Kind, string? Name = null)
{
    public static ToolChoice Auto { get; } = new(ToolChoiceKind.Auto);

    public static ToolChoice None { get; } = new(ToolChoiceKind.None);
}

/// <summary>Whether an answer may call functions.</summary>
public enum ToolChoiceKind
{
    /// <summary>The model decides.</summary>
    Auto,

    /// <summary>It calls none.</summary>
    None,

    /// <summary>It is one call.</summary>
    Required,
}
