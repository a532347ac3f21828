using System.Numerics;
using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints;

/// <summary>Answers of a grammar.</summary>
internal sealed class GrammarConstraint(GrammarStates states, TokenTrie trie, IReadOnlySet<int> stopTokens) : TokenConstraint
{
    private readonly int[] _stops = [.. stopTokens];
    private GrammarState _state = states.Start;

    public override bool IsComplete => _state.IsComplete;

    public override bool Allows(int token) =>
        stopTokens.Contains(token) ? IsComplete : trie.Bytes(token) is { Length: > 0 } bytes && _state.Next(bytes) is not null;

    public override void Mask(Span<float> logits)
    {
        var allowed = _state.Allowed();
        Span<float> stops = stackalloc float[_stops.Length];
        for (var i = 0; i < stops.Length; i++)
            stops[i] = _stops[i] < logits.Length ? logits[_stops[i]] : 0;
        for (var i = 0; i < allowed.Length && i * 64 < logits.Length; i++)
        {
            var part = logits.Slice(i * 64, Math.Min(64, logits.Length - i * 64));
            if (allowed[i] == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }
            for (var forbidden = ~allowed[i]; forbidden != 0; forbidden &= forbidden - 1)
            {
                var bit = BitOperations.TrailingZeroCount(forbidden);
                if (bit >= part.Length)
                    break;
                part[bit] = float.NegativeInfinity;
            }
        }
        logits[Math.Min(logits.Length, allowed.Length * 64)..].Fill(float.NegativeInfinity);
        for (var i = 0; IsComplete && i < stops.Length; i++)
        {
            if (_stops[i] < logits.Length)
                logits[_stops[i]] = stops[i];
        }
    }

    public override void Accept(int token)
    {
        if (stopTokens.Contains(token))
        {
            if (!IsComplete)
                throw new ArgumentException($"token {token} ends the answer, which is not complete");
            return;
        }
        _state =
            (trie.Bytes(token) is { Length: > 0 } bytes ? _state.Next(bytes) : null)
            ?? throw new ArgumentException($"token {token} may not follow");
    }
}
