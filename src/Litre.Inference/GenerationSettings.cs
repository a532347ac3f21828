using Litre.Core;

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

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="InputException">Names the setting and its range.</exception>
    public void Validate()
    {
        if (MaxNewTokens < 1)
            throw new InputException("max-new-tokens", MaxNewTokens, "expected 1 or more", null);
        if (!(Temperature >= 0 && Temperature <= 100))
            throw new InputException("temperature", Temperature, "expected a number from 0 to 100", null);
        if (!(TopP > 0 && TopP <= 1))
            throw new InputException("top-p", TopP, "expected a number above 0 and at most 1", null);
        if (TopK < 0)
            throw new InputException("top-k", TopK, "expected 0 or more", null);
        if (Seed < 0)
            throw new InputException("seed", Seed, "expected 0 or more", null);
    }
}
