namespace Litre.Inference.Serving;

/// <summary>The state of an engine now, and what it has done since it started.</summary>
public sealed record EngineStatus
{
    /// <summary>Requests that hold a place in the cache.</summary>
    public required int Running { get; init; }

    /// <summary>Requests that wait for one.</summary>
    public required int Waiting { get; init; }

    /// <summary>Rows of the key-value cache that running requests have reserved, as a fraction of all.</summary>
    public required double CacheUsage { get; init; }

    /// <summary>Prompt tokens so far, cached ones included.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Prompt tokens that were not computed again.</summary>
    public required long CachedTokens { get; init; }

    /// <summary>Tokens generated so far.</summary>
    public required long NewTokens { get; init; }

    /// <summary>Forward passes so far.</summary>
    public required long Steps { get; init; }

    /// <summary>Forward passes that replayed a recorded step.</summary>
    public required long ReplayedSteps { get; init; }
}
