using Litre.Core;
using Litre.Inference.Scheduling;

namespace Litre.Inference.Serving;

/// <summary>The limits of an <see cref="AnswerEngine"/>.</summary>
public sealed record ServingSettings
{
    /// <summary>The default of <see cref="MaxRunning"/>.</summary>
    public const int DefaultMaxRunning = 64;

    /// <summary>Requests that are answered at the same time.</summary>
    public int MaxRunning { get; init; } = DefaultMaxRunning;

    /// <summary>Requests that may wait; further ones are refused.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>
    /// Tokens of prompts and answers that the key-value cache holds; null for what fits into 60 % of the device memory that is free
    /// after loading, at most 262,144.
    /// </summary>
    public int? CacheTokens { get; init; }

    /// <summary>Prompt tokens of one forward pass, which running answers wait for; null for the device's default.</summary>
    public int? ChunkTokens { get; init; }

    /// <summary>The part of the cache that may hold ended sequences, for prompts with the same beginning. 0 for none.</summary>
    public double PrefixShare { get; init; } = 0.5;

    /// <summary>Device memory of adapters, in bytes; those used least recently leave.</summary>
    public long AdapterBytes { get; init; } = 4L << 30;

    /// <summary>Whether adapters of another base are accepted.</summary>
    public bool AllowOtherBase { get; init; }

    /// <summary>When steps are recorded.</summary>
    public ReplaySettings Replay { get; init; } = new();

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="InputException">Names the setting and its range.</exception>
    public void Validate()
    {
        if (MaxRunning is < 1 or > 1024)
            throw new InputException("max-running", MaxRunning, "expected a number from 1 to 1024", null);
        if (MaxWaiting < 0)
            throw new InputException("max-waiting", MaxWaiting, "expected 0 or more", null);
        if (CacheTokens is < AnswerEngine.MinCacheTokens)
            throw new InputException("cache-tokens", CacheTokens, $"expected {AnswerEngine.MinCacheTokens} or more", null);
        if (ChunkTokens is < 1)
            throw new InputException("chunk-tokens", ChunkTokens, "expected 1 or more", null);
        if (!(PrefixShare >= 0 && PrefixShare <= 1))
            throw new InputException("prefix-share", PrefixShare, "expected a number from 0 to 1", null);
        if (AdapterBytes < 0)
            throw new InputException("adapter-memory", AdapterBytes, "expected 0 or more bytes", null);
    }
}
