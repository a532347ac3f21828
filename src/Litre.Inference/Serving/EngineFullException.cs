namespace Litre.Inference.Serving;

/// <summary>The queue of an engine is full.</summary>
/// <param name="waiting">Requests in the queue.</param>
/// <param name="retryAfter">When a place is expected to be free.</param>
public sealed class EngineFullException(int waiting, TimeSpan retryAfter)
    : Exception($"{waiting} requests are already waiting, which is the limit")
{
    /// <summary>When a place is expected to be free.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
