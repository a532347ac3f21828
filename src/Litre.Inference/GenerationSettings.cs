namespace Litre.Inference;

/// <summary>How answers are decoded.</summary>
public sealed record GenerationSettings
{
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>0 takes the most likely token every time.</summary>
    public double Temperature { get; init; }

    /// <summary>Only this many most likely tokens are drawn from; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most likely tokens that together reach this probability are drawn from.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Tokens that end an answer.</summary>
    public IReadOnlySet<int> StopTokens { get; init; } = new HashSet<int>();

    public int Seed { get; init; }
}
