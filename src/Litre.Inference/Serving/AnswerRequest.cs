using Litre.Data.Samples;
using Litre.Inference.Sampling;

namespace Litre.Inference.Serving;

/// <summary>A conversation to be answered by an engine.</summary>
/// <param name="Sample">The conversation; its last turn is the question. Its images and videos are in memory or on this machine.</param>
/// <param name="Settings">Sampling and stopping; the model's own stop tokens are added.</param>
public sealed record AnswerRequest(Sample Sample, GenerationSettings Settings)
{
    /// <summary>The name of the adapter, or null for the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// Who asks. Prefixes and image features are shared only between requests of equal scope. Null shares nothing.
    /// </summary>
    public string? Scope { get; init; }
}
