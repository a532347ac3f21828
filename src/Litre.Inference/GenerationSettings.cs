using Litre.Core;
using Litre.Inference.Constraints;

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

    /// <summary>Samples only from tokens that have at least this fraction of the most likely token's probability.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Divides positive logits, and multiplies negative ones, of tokens that the prompt or the answer contains; 1 for no change.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logits of tokens that the answer contains.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted from the logits of tokens that the answer contains, once for each occurrence.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Tokens that end an answer.</summary>
    public IReadOnlySet<int> StopTokens { get; init; } = new HashSet<int>();

    /// <summary>Texts that end an answer, which does not contain them.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether the log-probability of each token is returned.</summary>
    public bool LogProbs { get; init; }

    /// <summary>The number of most likely tokens whose log-probabilities are returned with each token; 0 for none.</summary>
    public int TopLogProbs { get; init; }

    /// <summary>The form that the answer must have; null for any text.</summary>
    public AnswerFormat? Format { get; init; }

    public int Seed { get; init; }

    /// <summary>Whether a token depends on nothing but the largest logit, so that the logits need not be read.</summary>
    public bool IsPlainGreedy =>
        Temperature <= 0
        && RepetitionPenalty == 1
        && PresencePenalty == 0
        && FrequencyPenalty == 0
        && !LogProbs
        && TopLogProbs == 0
        && Format is null;

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
