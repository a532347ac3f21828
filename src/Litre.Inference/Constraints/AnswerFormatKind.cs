namespace Litre.Inference.Constraints;

/// <summary>Which form an answer must have.</summary>
public enum AnswerFormatKind
{
    JsonObject,
    JsonSchema,
    Regex,
}
