using Litre.Core;
using Litre.Inference.Constraints;

namespace Litre.Inference.Sampling;

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

    private const int MaxStopStrings = 16;
    private const int MaxTopLogProbs = 20;
    private const string TopLogProbsName = "top-logprobs"; // of programs and requests; the command line has no such option

    /// <summary>Whether a token depends on nothing but the largest logit, so that the logits need not be read.</summary>
    public bool IsPlainGreedy =>
        Temperature <= 0
        && RepetitionPenalty == 1
        && PresencePenalty == 0
        && FrequencyPenalty == 0
        && !LogProbs
        && TopLogProbs == 0
        && Format is null;

    /// <summary>
    /// Whether a token depends on nothing but the <see cref="TopK"/> largest logits, so that the others need not be read.
    /// </summary>
    public bool IsPlainTopK =>
        Temperature > 0
        && TopK > 0
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
        if (!(MinP >= 0 && MinP <= 1))
            throw new InputException("min-p", MinP, "expected a number from 0 to 1", null);
        if (!(RepetitionPenalty > 0 && RepetitionPenalty <= 100))
            throw new InputException("repetition-penalty", RepetitionPenalty, "expected a number above 0 and at most 100", null);
        if (!(PresencePenalty >= -2 && PresencePenalty <= 2))
            throw new InputException("presence-penalty", PresencePenalty, "expected a number from -2 to 2", null);
        if (!(FrequencyPenalty >= -2 && FrequencyPenalty <= 2))
            throw new InputException("frequency-penalty", FrequencyPenalty, "expected a number from -2 to 2", null);
        if (TopLogProbs is < 0 or > MaxTopLogProbs)
            throw new InputException(TopLogProbsName, TopLogProbs, $"expected a number from 0 to {MaxTopLogProbs}", null);
        if (StopStrings.Count > MaxStopStrings)
            throw new InputException("stop", null, $"{StopStrings.Count} texts are given, at most {MaxStopStrings} are supported", null);
        if (StopStrings.Any(string.IsNullOrEmpty))
            throw new InputException("stop", null, "a text is empty", "give the text that ends an answer");
        if (Seed < 0)
            throw new InputException("seed", Seed, "expected 0 or more", null);
    }
}
