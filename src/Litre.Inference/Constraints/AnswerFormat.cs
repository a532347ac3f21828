namespace Litre.Inference.Constraints;

/// <summary>The form that an answer must have: JSON, JSON of a schema, or text that matches a regular expression.</summary>
/// <param name="Kind">Which of these.</param>
/// <param name="Text">The schema as JSON, or the expression; empty for JSON without a schema.</param>
public sealed record AnswerFormat(AnswerFormatKind Kind, string Text)
{
    /// <summary>Any JSON object.</summary>
    public static AnswerFormat JsonObject { get; } = new(AnswerFormatKind.JsonObject, "");

    /// <param name="schema">A JSON schema.</param>
    public static AnswerFormat JsonSchema(string schema) => new(AnswerFormatKind.JsonSchema, schema);

    /// <param name="expression">A regular expression that the whole answer matches.</param>
    public static AnswerFormat Regex(string expression) => new(AnswerFormatKind.Regex, expression);
}
