namespace Litre.Inference;

/// <summary>One line of a batch's output.</summary>
/// <param name="Image">The picture's path from the folder of pictures on.</param>
/// <param name="Prompt">What was asked.</param>
/// <param name="Answer">The answer; null where the picture could not be used.</param>
/// <param name="Error">Why there is no answer; null where there is one.</param>
public sealed record AnswerRow(string Image, string Prompt, string? Answer, string? Error)
{
    /// <summary>Whether the answer was cut off at the most tokens that it may have; not written where it was not.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    public bool Cut { get; init; }
}
