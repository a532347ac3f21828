using System.Text.Json.Serialization;
using Litre.Inference.Serving;

namespace Litre.Server.OpenAi;

/// <summary>The answers to a chat request.</summary>
internal sealed record ChatCompletion(
    string Id,
    long Created,
    string Model,
    IReadOnlyList<ChatChoice> Choices,
    ChatUsage Usage,
    string SystemFingerprint
)
{
    [JsonPropertyOrder(-1)]
    public string Object => "chat.completion";
}

/// <summary>One answer.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Message">The answer.</param>
/// <param name="Logprobs">The log-probabilities of its tokens, if they were requested.</param>
/// <param name="FinishReason"><c>stop</c>, <c>length</c> or <c>tool_calls</c>.</param>
internal sealed record ChatChoice(int Index, ChatAnswer Message, ChatLogProbs? Logprobs, string FinishReason);

/// <summary>The text of an answer.</summary>
/// <param name="Content">Its text; null if it has function calls only.</param>
/// <param name="ReasoningContent">The thought before it.</param>
/// <param name="ToolCalls">Functions to call.</param>
internal sealed record ChatAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    string? ReasoningContent,
    IReadOnlyList<ChatCall>? ToolCalls
)
{
    [JsonPropertyOrder(-1)]
    public string Role => "assistant";
}

/// <summary>A function to call, or in a stream a piece of it.</summary>
/// <param name="Index">In a stream: which call it continues.</param>
/// <param name="Id">Identifies the call for its result.</param>
/// <param name="Type"><c>function</c>.</param>
/// <param name="Function">The function.</param>
internal sealed record ChatCall(int? Index, string? Id, string? Type, ChatFunction Function);

/// <summary>A function and its arguments, as JSON.</summary>
internal sealed record ChatFunction(string? Name, string Arguments);

/// <summary>The log-probabilities of tokens.</summary>
internal sealed record ChatLogProbs(IReadOnlyList<ChatLogProb> Content);

/// <summary>The log-probability of a token.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Its natural log-probability.</param>
/// <param name="Bytes">Its bytes, which may be a part of a character.</param>
/// <param name="TopLogprobs">The most likely tokens at its place.</param>
internal sealed record ChatLogProb(string Token, double Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<ChatTopLogProb> TopLogprobs);

/// <summary>The log-probability of one of the most likely tokens.</summary>
internal sealed record ChatTopLogProb(string Token, double Logprob, IReadOnlyList<int> Bytes);

/// <summary>The number of tokens.</summary>
internal sealed record ChatUsage(int PromptTokens, int CompletionTokens, int TotalTokens, ChatPromptDetails PromptTokensDetails)
{
    public static ChatUsage Of(AnswerUsage? usage) =>
        usage is null
            ? new ChatUsage(0, 0, 0, new ChatPromptDetails(0))
            : new ChatUsage(
                usage.PromptTokens,
                usage.NewTokens,
                usage.PromptTokens + usage.NewTokens,
                new ChatPromptDetails(usage.CachedTokens)
            );
}

/// <summary>The tokens of the prompt that were not computed again.</summary>
internal sealed record ChatPromptDetails(int CachedTokens);

/// <summary>A piece of the answers in a stream.</summary>
internal sealed record ChatChunk(
    string Id,
    long Created,
    string Model,
    IReadOnlyList<ChatChunkChoice> Choices,
    ChatUsage? Usage,
    string SystemFingerprint
)
{
    [JsonPropertyOrder(-1)]
    public string Object => "chat.completion.chunk";
}

/// <summary>A piece of one answer.</summary>
internal sealed record ChatChunkChoice(
    int Index,
    ChatDelta Delta,
    ChatLogProbs? Logprobs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason
);

/// <summary>What a piece adds to an answer.</summary>
internal sealed record ChatDelta
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    public string? ReasoningContent { get; init; }

    public IReadOnlyList<ChatCall>? ToolCalls { get; init; }
}
