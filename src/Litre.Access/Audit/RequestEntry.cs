using System.Text.Json.Serialization;

namespace Litre.Access.Audit;

/// <summary>A request that a server answered or refused: <c>request</c>.</summary>
/// <param name="Request">Identifies the request; the client receives it too.</param>
/// <param name="Endpoint">The path, such as <c>/v1/chat/completions</c>.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Seconds">From its arrival until the record was written.</param>
public sealed record RequestEntry(string Request, string Endpoint, int Status, double Seconds) : AuditEntry
{
    [JsonIgnore]
    public override string Kind => "request";

    /// <summary>The <c>Id</c> of the key; null without a key.</summary>
    public string? KeyId { get; init; }

    /// <summary>The name of the key; null without a key.</summary>
    public string? Key { get; init; }

    /// <summary>The base model.</summary>
    public string? Model { get; init; }

    /// <summary>The name of the adapter; null for the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>The fingerprint of the adapter's files; null for the base model.</summary>
    public string? AdapterFingerprint { get; init; }

    /// <summary>Tokens of the prompt, images included.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Those of them that were not computed again.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public int? NewTokens { get; init; }

    /// <summary>Why the answer ended: <c>stop</c>, <c>length</c>, <c>canceled</c>, <c>error</c>, ...</summary>
    public string? End { get; init; }

    /// <summary>The question, if the server was asked to record content.</summary>
    public string? Prompt { get; init; }

    /// <summary>The answer, if the server was asked to record content.</summary>
    public string? Answer { get; init; }
}
