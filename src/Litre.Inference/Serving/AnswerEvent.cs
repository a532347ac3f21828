using Litre.Inference.Sampling;

namespace Litre.Inference.Serving;

/// <summary>A part of an answer as it is generated.</summary>
public abstract record AnswerEvent;

/// <summary>The next piece of the text.</summary>
/// <param name="Text">Complete characters. Empty if only log-probabilities are reported.</param>
/// <param name="LogProbs">Those of the tokens since the previous piece, if they were requested.</param>
public sealed record AnswerText(string Text, IReadOnlyList<TokenLogProb> LogProbs) : AnswerEvent;

/// <summary>The end of the answer; always the last event unless the answer is canceled or fails.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Usage">The number of tokens.</param>
/// <param name="Timing">The times of its phases.</param>
public sealed record AnswerEnd(AnswerEndReason Reason, AnswerUsage Usage, AnswerTiming Timing) : AnswerEvent
{
    /// <summary>The stop string that ended the answer, or null.</summary>
    public string? StopString { get; init; }
}

/// <summary>Why an answer ended.</summary>
public enum AnswerEndReason
{
    /// <summary>A stop token or a stop string.</summary>
    Stop,

    /// <summary>The maximum number of tokens, or the model's last position.</summary>
    Length,
}

/// <summary>The number of tokens of a request.</summary>
/// <param name="PromptTokens">Tokens of the prompt, images included.</param>
/// <param name="CachedTokens">Those of them that were not computed again.</param>
/// <param name="NewTokens">Tokens of the answer, the stop token included.</param>
public sealed record AnswerUsage(int PromptTokens, int CachedTokens, int NewTokens);

/// <summary>The times of a request, in seconds.</summary>
/// <param name="Preparation">Decoding and resizing its images, and tokenizing it.</param>
/// <param name="Queue">Waiting until the engine started it.</param>
/// <param name="FirstToken">From its arrival until the first token.</param>
/// <param name="Total">From its arrival until the last token.</param>
public sealed record AnswerTiming(double Preparation, double Queue, double FirstToken, double Total);
