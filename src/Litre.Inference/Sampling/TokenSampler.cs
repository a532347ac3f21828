using Litre.Inference.Constraints;

namespace Litre.Inference.Sampling;

/// <summary>
/// Chooses the tokens of one answer. In this order: log-probabilities of the logits as they are; the constraint; repetition penalty
/// (prompt and answer); frequency and presence penalties (answer); temperature; min-p; top-k; top-p; one draw. A temperature of 0
/// chooses the largest logit after the penalties, and of equal ones the first. Not thread-safe.
/// </summary>
public sealed class TokenSampler
{
    private readonly GenerationSettings _settings;
    private readonly TokenConstraint? _constraint;
    private readonly TokenPenalties? _penalties;
    private readonly Random _random;

    /// <param name="settings">What the answer is sampled with. They have been validated.</param>
    /// <param name="prompt">The tokens before the answer.</param>
    /// <param name="seed">The seed of the draws. Each token is one draw, so an answer depends on nothing but its logits and this.</param>
    /// <param name="constraint">What the answer must be like, or null; it follows the tokens that are chosen.</param>
    public TokenSampler(GenerationSettings settings, IReadOnlyList<int> prompt, int seed, TokenConstraint? constraint)
    {
        (_settings, _constraint, _random) = (settings, constraint, new Random(seed));
        if (settings.RepetitionPenalty != 1 || settings.PresencePenalty != 0 || settings.FrequencyPenalty != 0)
            _penalties = new(settings, prompt);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">One value for each token of the vocabulary; changed.</param>
    /// <exception cref="InvalidOperationException">No token is left: all logits are minus infinity or not numbers.</exception>
    public SampledToken Next(Span<float> logits)
    {
        var report = _settings.LogProbs || _settings.TopLogProbs > 0 ? LogProbReport.Of(logits, _settings.TopLogProbs) : null;
        // It is set before the logits change.
        var raw = report is not null && (_constraint is not null || _penalties is not null) ? logits.ToArray() : [];
        _constraint?.Mask(logits);
        _penalties?.Apply(logits);
        var token = _settings.Temperature <= 0 ? LogitMath.Largest(logits) : TokenDraw.Draw(logits, _settings, _random.NextDouble());
        if (token < 0)
            throw new InvalidOperationException("no token can follow: all logits are minus infinity or not numbers");
        _penalties?.Record(token);
        _constraint?.Accept(token);
        return new(token, report?.For(token, raw.Length > 0 ? raw[token] : logits[token]));
    }
}
