namespace Litre.Inference;

/// <summary>How answers are decoded.</summary>
public sealed record GenerationSettings
{
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>0 always uses the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>Samples only from this number of most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Samples only from the most likely tokens that together reach this probability.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Tokens that end an answer.</summary>
    public IReadOnlySet<int> StopTokens { get; init; } = new HashSet<int>();

    public int Seed { get; init; }
}
