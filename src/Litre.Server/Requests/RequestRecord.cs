using Litre.Access.Keys;
using Litre.Inference.Serving;

namespace Litre.Server.Requests;

/// <summary>What is known about a request, for its audit entry and its line in the log.</summary>
/// <param name="id">Identifies the request.</param>
internal sealed class RequestRecord(string id)
{
    private const string LocalScope = "local";

    private readonly Lock _lock = new();
    private readonly long _started = TimeProvider.System.GetTimestamp();

    public string Id { get; } = id;

    public DateTimeOffset Arrival { get; } = DateTimeOffset.UtcNow;

    /// <summary>The time since its arrival.</summary>
    public double Seconds => TimeProvider.System.GetElapsedTime(_started).TotalSeconds;

    /// <summary>The key that the client gave; null without one.</summary>
    public ApiKey? Key { get; set; }

    /// <summary>Who shares prefixes and image features with this request.</summary>
    public string Scope => Key?.Id ?? LocalScope;

    /// <summary>Ends when the client has left, the time is over, or the server stops.</summary>
    public CancellationToken Cancel { get; set; }

    /// <summary>Whether it gets an entry in the audit log; set by endpoints that answer questions.</summary>
    public bool IsAudited { get; set; }

    /// <summary>The base model; null until it is known.</summary>
    public string? Model { get; set; }

    /// <summary>The adapter; null for the base model.</summary>
    public string? Adapter { get; set; }

    public string? AdapterFingerprint { get; set; }

    /// <summary>The tokens of all of its answers so far; null before the first has ended.</summary>
    public AnswerUsage? Usage { get; private set; }

    /// <summary>Why its last answer ended.</summary>
    public string? End { get; set; }

    /// <summary>The question, if content is recorded.</summary>
    public string? Prompt { get; set; }

    /// <summary>The answer, if content is recorded.</summary>
    public string? Answer { get; set; }

    /// <summary>Adds the tokens of an answer; several answers of a request have one prompt.</summary>
    public void Add(AnswerUsage usage)
    {
        lock (_lock)
            Usage = Usage is null ? usage : Usage with { NewTokens = Usage.NewTokens + usage.NewTokens };
    }
}
