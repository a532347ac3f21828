namespace Litre.Planning.Benchmarks;

/// <summary>How fast prompts are read and answered.</summary>
/// <param name="Prompts">Packed together in one prefill.</param>
/// <param name="PromptTokens">Of all of them.</param>
/// <param name="FirstTokenSeconds">Until each of them has its first token, pictures included: the median of several.</param>
/// <param name="Decodes">Answers of one prompt, and of several at once.</param>
/// <param name="PeakBytes">Most tensor bytes alive at once meanwhile.</param>
public sealed record GenerationResult(
    int Prompts,
    int PromptTokens,
    double FirstTokenSeconds,
    IReadOnlyList<DecodeResult> Decodes,
    long PeakBytes
)
{
    public double PrefillTokensPerSecond => PromptTokens / FirstTokenSeconds;
}
