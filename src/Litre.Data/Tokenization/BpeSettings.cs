namespace Litre.Data.Tokenization;

/// <summary>How a byte-level BPE is trained.</summary>
public sealed record BpeSettings
{
    /// <summary>Tokens in all: 256 bytes, the special tokens, and merges for the rest.</summary>
    public int Vocabulary { get; init; } = 1024;

    /// <summary>How often a pair must stand in the texts to become a token.</summary>
    public int MinimumFrequency { get; init; } = 10;

    /// <summary>
    /// How often a word with a run of capitals must stand in the texts for the run to be merged. Codes such as
    /// <c>AB-2047</c> stay single letters below it, which a model can read off a picture one by one.
    /// </summary>
    public int CapitalFrequency { get; init; } = 100;
}
