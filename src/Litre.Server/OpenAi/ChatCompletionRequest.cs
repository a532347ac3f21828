using System.Text.Json;

namespace Litre.Server.OpenAi;

/// <summary>
/// A conversation to answer, as the OpenAPI document describes it; <see cref="ChatRequest"/> reads it. Fields that are not listed are
/// ignored, except those that would change the answer, which are refused.
/// </summary>
internal sealed record ChatCompletionRequest
{
    /// <summary>The name of the model, or of an adapter; the base model without it.</summary>
    public string? Model { get; init; }

    /// <summary>The turns: system, user, assistant and tool. Images are data URLs.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Whether the answer is sent as server-sent events while it is generated.</summary>
    public bool? Stream { get; init; }

    /// <summary><c>include_usage</c>: whether a stream ends with the number of tokens.</summary>
    public ChatStreamOptions? StreamOptions { get; init; }

    /// <summary>The number of answers, 1 to 8.</summary>
    public int? N { get; init; }

    /// <summary>Maximum number of tokens of the answer.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The newer name of <c>max_tokens</c>.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>0 always uses the most likely token.</summary>
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public double? MinP { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? RepetitionPenalty { get; init; }

    public long? Seed { get; init; }

    /// <summary>A text or a list of texts that end the answer.</summary>
    public JsonElement? Stop { get; init; }

    public bool? Logprobs { get; init; }

    /// <summary>The number of most likely tokens to return, 0 to 20.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary><c>{"type": "text" | "json_object" | "json_schema", "json_schema": {"name", "schema"}}</c>.</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>vLLM's form of the answer: one of <c>json</c>, <c>json_object</c>, <c>regex</c>, <c>choice</c>.</summary>
    public JsonElement? StructuredOutputs { get; init; }

    /// <summary>Functions that the answer may call.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary><c>auto</c>, <c>none</c>, <c>required</c>, or a function.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }
}

/// <summary>A turn of a conversation.</summary>
internal sealed record ChatMessage
{
    /// <summary><c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>
    /// Text, or a list of parts: <c>{"type": "text", "text"}</c>, <c>{"type": "image_url", "image_url": {"url": "data:..."}}</c>,
    /// <c>{"type": "video_url", ...}</c>, <c>{"type": "video", "video": ["data:...", ...]}</c>.
    /// </summary>
    public JsonElement? Content { get; init; }

    /// <summary>The thought of an earlier answer.</summary>
    public string? ReasoningContent { get; init; }

    /// <summary>The calls of an earlier answer.</summary>
    public IReadOnlyList<ChatCall>? ToolCalls { get; init; }

    /// <summary>Of a tool's message: the call that it is the result of.</summary>
    public string? ToolCallId { get; init; }
}

/// <summary>What a stream contains.</summary>
internal sealed record ChatStreamOptions(bool? IncludeUsage);
