namespace Litre.Training.Benchmarks;

/// <summary>A described training step: what one micro-batch holds and what is trained.</summary>
public sealed record StepWorkload
{
    /// <summary>Samples packed into one micro-batch.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>Merged patch groups of each sample's picture; 0 for text alone.</summary>
    public int VisualTokens { get; init; } = 768;

    /// <summary>Text tokens of each sample, the picture's start and end tokens included.</summary>
    public int TextTokens { get; init; } = 122;

    /// <summary>How many of the text tokens are the answer.</summary>
    public int AnswerTokens { get; init; } = 32;

    public int LoraRank { get; init; } = 16;

    /// <summary>Adapters on the expert tensors too, besides attention.</summary>
    public bool TrainExperts { get; init; }

    /// <summary>All weights instead of adapters.</summary>
    public bool Full { get; init; }

    public int Steps { get; init; } = 5;

    /// <summary>Steps before those that are timed.</summary>
    public int WarmupSteps { get; init; } = 2;

    public int TokensPerSample => VisualTokens + TextTokens;
}
