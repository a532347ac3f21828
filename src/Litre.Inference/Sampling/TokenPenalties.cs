using System.Runtime.InteropServices;

namespace Litre.Inference.Sampling;

/// <summary>Makes tokens less likely that the prompt or the answer contains.</summary>
internal sealed class TokenPenalties
{
    private readonly float _repetition;
    private readonly float _presence;
    private readonly float _frequency;
    private readonly HashSet<int> _prompt;
    private readonly Dictionary<int, int> _answer = [];

    public TokenPenalties(GenerationSettings settings, IReadOnlyList<int> prompt)
    {
        _repetition = (float)settings.RepetitionPenalty;
        _presence = (float)settings.PresencePenalty;
        _frequency = (float)settings.FrequencyPenalty;
        _prompt = _repetition == 1 ? [] : [.. prompt];
    }

    public void Record(int token) => CollectionsMarshal.GetValueRefOrAddDefault(_answer, token, out _)++;

    public void Apply(Span<float> logits)
    {
        if (_repetition != 1)
        {
            foreach (var token in _prompt)
                Repeat(logits, token);
            foreach (var token in _answer.Keys)
            {
                if (!_prompt.Contains(token))
                    Repeat(logits, token);
            }
        }
        foreach (var (token, count) in _answer)
        {
            if (token < logits.Length)
                logits[token] -= _frequency * count + _presence;
        }
    }

    private void Repeat(Span<float> logits, int token)
    {
        if (token < logits.Length)
            logits[token] = logits[token] > 0 ? logits[token] / _repetition : logits[token] * _repetition;
    }
}
