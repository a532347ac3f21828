using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Inference.Serving;
using Litre.Server.Answers;

namespace Litre.Server.Anthropic;

/// <summary>Writes the objects of the Messages API.</summary>
internal static class MessageJson
{
    /// <summary>
    /// The signature of thoughts. Clients return a thought only with one; it proves nothing here, since a thought that comes back is text
    /// of the conversation like any other.
    /// </summary>
    public const string Signature = "unsigned";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(object value) => JsonSerializer.Serialize(value, Options);

    /// <summary>A whole answer.</summary>
    public static object Message(string id, string model, ParsedAnswer answer, bool showsThoughts, AnswerEnd end)
    {
        var content = new List<object>();
        if (showsThoughts && answer.Reasoning.Length > 0)
            content.Add(
                new
                {
                    type = "thinking",
                    thinking = answer.Reasoning,
                    signature = Signature,
                }
            );
        if (answer.Text.Length > 0)
            content.Add(new { type = "text", text = answer.Text });
        foreach (var call in answer.Calls)
        {
            content.Add(
                new
                {
                    type = "tool_use",
                    id = NewId("toolu_"),
                    name = call.Name,
                    input = JsonNode.Parse(call.Arguments),
                }
            );
        }
        return new
        {
            id,
            type = "message",
            role = "assistant",
            model,
            content,
            stop_reason = StopReason(end, answer.Calls.Count),
            stop_sequence = end.StopString,
            usage = Usage(end.Usage),
        };
    }

    /// <summary>Why an answer ended.</summary>
    public static string StopReason(AnswerEnd end, int calls) =>
        end.Reason == AnswerEndReason.Length ? "max_tokens"
        : calls > 0 ? "tool_use"
        : end.StopString != null ? "stop_sequence"
        : "end_turn";

    public static object Usage(AnswerUsage usage) =>
        new
        {
            input_tokens = usage.PromptTokens - usage.CachedTokens,
            cache_creation_input_tokens = 0,
            cache_read_input_tokens = usage.CachedTokens,
            output_tokens = usage.NewTokens,
        };

    /// <summary>An error.</summary>
    /// <param name="type">Such as <c>invalid_request_error</c>.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="requestId">The ID of the request in the log.</param>
    public static object Error(string type, string message, string requestId) =>
        new
        {
            type = "error",
            error = new { type, message },
            request_id = requestId,
        };

    /// <summary>The type of the error of an HTTP status.</summary>
    public static string ErrorType(int status) =>
        status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 or 529 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };

    public static string NewId(string prefix) => prefix + Convert.ToHexStringLower(Guid.NewGuid().ToByteArray())[..24];
}
