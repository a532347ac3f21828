namespace Litre.Data.Chat;

/// <summary>How the answers of a checkpoint mark thoughts and function calls.</summary>
public sealed record AnswerMarkup
{
    /// <summary>Answers without marks: all of the text is the answer.</summary>
    public static AnswerMarkup None { get; } = new();

    /// <summary>The marks around a thought, with which an answer may begin; null if the family has none.</summary>
    public (string Open, string Close)? Thought { get; init; }

    /// <summary>Whether the prompt opens the thought, so that an answer begins within it.</summary>
    public bool StartsInThought { get; init; }

    /// <summary>The form of function calls; null if the checkpoint's template does not support functions.</summary>
    public IToolCallFormat? Calls { get; init; }
}
