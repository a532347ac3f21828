using System.Buffers;
using System.Numerics;

namespace Litre.Inference.Sampling;

/// <summary>
/// Draws a token with temperature, min-p, top-k and top-p (nucleus; Holtzman and others 2020), as if all tokens were sorted by their
/// logits, and equal ones by their numbers. Only the tokens around a limit are sorted: those that can be drawn are counted in buckets of
/// similar logits first.
/// </summary>
internal ref struct TokenDraw
{
    private const int Buckets = 1024;
    private const int Blocks = 512;
    private const int MaxBoundedTopK = 256;

    // Tokens that are less likely are seldom drawn, and are looked at only then.
    private const float UsualExponent = -8;

    private readonly ReadOnlySpan<float> _logits;
    private readonly float _largest;
    private readonly float _smallest;
    private readonly float _inverse;
    private readonly Span<int> _counts;
    private readonly Span<double> _sums;
    private readonly Span<int> _tokens; // those that can be drawn
    private readonly Span<float> _weights; // of each of them
    private readonly Span<ushort> _bucketOf; // likewise
    private int _count;

    private TokenDraw(
        ReadOnlySpan<float> logits,
        float largest,
        float smallest,
        float inverse,
        Span<int> counts,
        Span<double> sums,
        Span<int> tokens,
        Span<float> weights,
        Span<ushort> bucketOf
    )
    {
        _logits = logits;
        _largest = largest;
        _smallest = smallest;
        _inverse = inverse;
        _counts = counts;
        _sums = sums;
        _tokens = tokens;
        _weights = weights;
        _bucketOf = bucketOf;
    }

    /// <param name="logits">One value for each token.</param>
    /// <param name="settings">Temperature above zero, min-p, top-k and top-p.</param>
    /// <param name="uniform">A number from 0 to 1 that decides.</param>
    /// <returns>The token, or -1 if all logits are minus infinity or not numbers.</returns>
    public static int Draw(ReadOnlySpan<float> logits, GenerationSettings settings, double uniform)
    {
        Span<float> maxima = stackalloc float[Blocks];
        var smallest = LogitMath.BlockMaxima(logits, maxima);
        maxima.Sort();
        var largest = maxima[^1];
        if (!float.IsFinite(largest))
            return LogitMath.Largest(logits);
        var tokens = ArrayPool<int>.Shared.Rent(logits.Length);
        var weights = ArrayPool<float>.Shared.Rent(logits.Length);
        var bucketOf = ArrayPool<ushort>.Shared.Rent(logits.Length);
        try
        {
            Span<int> counts = stackalloc int[Buckets];
            Span<double> sums = stackalloc double[Buckets];
            var inverse = InverseTemperature(settings);
            var draw = new TokenDraw(logits, largest, smallest, inverse, counts, sums, tokens, weights, bucketOf);
            var limit = SmallestExponent(settings);
            if (settings.TopK == 0)
                return draw.Choose(limit, settings.TopP, uniform);
            // The k largest are not below the k-th largest of the blocks' largest.
            if (settings.TopK <= MaxBoundedTopK)
                limit = Math.Max(limit, (maxima[^settings.TopK] - largest) * inverse);
            draw.Gather(limit);
            return draw.Choose(draw.Sum(settings.TopK), settings.TopP, uniform)!.Value;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(tokens);
            ArrayPool<float>.Shared.Return(weights);
            ArrayPool<ushort>.Shared.Return(bucketOf);
        }
    }

    /// <summary>One divided by the temperature; finite, so that the largest logit stays the largest.</summary>
    public static float InverseTemperature(GenerationSettings settings) => (float)Math.Min(1 / settings.Temperature, 1e30);

    /// <summary>Tokens below this exponent are excluded, by min-p or because their weight counts as zero.</summary>
    public static float SmallestExponent(GenerationSettings settings) =>
        Math.Max(LogitMath.SmallestExponent, settings.MinP > 0 ? (float)Math.Log(settings.MinP) : float.NegativeInfinity);

    // Of all tokens that are not below an exponent.
    private int Choose(float limit, double topP, double uniform)
    {
        var total = LogitMath.SumOfWeights(_logits, _largest, _inverse, limit);
        Gather(Math.Max(limit, UsualExponent));
        if (Choose(total, topP, uniform) is { } usual)
            return usual;
        Gather(limit);
        return Choose(total, topP, uniform)!.Value;
    }

    // Null if tokens below those that were gathered are needed.
    private readonly int? Choose(double total, double topP, double uniform)
    {
        var kept = total;
        if (topP < 1)
        {
            if (Find(topP * total, includes: true) is not { } last)
                return null;
            kept = last.Sum;
        }
        // Weights are whole numbers: the last token is the one at which the sum exceeds the last number below it.
        return Find(Math.Min(uniform * kept, kept - 1), includes: false)?.Token;
    }

    // Counts the tokens that are not below an exponent.
    private void Gather(float limit)
    {
        _counts.Clear();
        _sums.Clear();
        _count = 0;
        var lowest = Math.Max(limit, (_smallest - _largest) * _inverse);
        var scale = lowest < 0 ? (Buckets - 1) / -lowest : 0;
        Span<float> rest = stackalloc float[Vector<float>.Count];
        Span<float> exponents = stackalloc float[Vector<float>.Count];
        Span<float> weights = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < _logits.Length; i += Vector<float>.Count)
        {
            var block = LogitMath.Exponents(_logits, i, _largest, _inverse, rest);
            if (!Vector.GreaterThanOrEqualAny(block, new Vector<float>(limit)))
                continue;
            block.CopyTo(exponents);
            LogitMath.Exponential(block).CopyTo(weights);
            for (var lane = 0; lane < exponents.Length; lane++)
            {
                if (!(exponents[lane] >= limit))
                    continue;
                var bucket = Math.Min((int)(-exponents[lane] * scale), Buckets - 1);
                _counts[bucket]++;
                _sums[bucket] += LogitMath.Whole(weights[lane]);
                _bucketOf[_count] = (ushort)bucket;
                _weights[_count] = weights[lane];
                _tokens[_count++] = i + lane;
            }
        }
    }

    // The sum of the weights of the k largest.
    private readonly double Sum(int topK)
    {
        var (sum, bucket) = (0.0, 0);
        for (var left = Math.Min(topK, _count); left > 0; left -= _counts[bucket++])
        {
            if (left >= _counts[bucket])
            {
                sum += _sums[bucket];
                continue;
            }
            foreach (var at in Sorted(bucket).AsSpan(0, left))
                sum += LogitMath.Whole(_weights[at]);
        }
        return sum;
    }

    // The first token at which the sum of weights exceeds or reaches a limit, and this sum.
    private readonly (int Token, double Sum)? Find(double limit, bool includes)
    {
        var (sum, bucket) = (0.0, 0);
        for (; !Passes(sum + _sums[bucket]); sum += _sums[bucket++])
        {
            if (bucket == Buckets - 1)
                return null;
        }
        foreach (var at in Sorted(bucket))
        {
            sum += LogitMath.Whole(_weights[at]);
            if (Passes(sum))
                return (_tokens[at], sum);
        }
        return null;

        bool Passes(double value) => includes ? value >= limit : value > limit;
    }

    // The places of a bucket's tokens, the largest logit first.
    private readonly int[] Sorted(int bucket)
    {
        var places = new int[_counts[bucket]];
        var keys = new (float, int)[places.Length];
        var (at, isSorted) = (0, true);
        for (var i = 0; i < places.Length; i++, at++)
        {
            at += _bucketOf[at.._count].IndexOf((ushort)bucket);
            (places[i], keys[i]) = (at, (-_logits[_tokens[at]], _tokens[at]));
            isSorted &= i == 0 || keys[i - 1].Item1 <= keys[i].Item1;
        }
        if (!isSorted)
            Array.Sort(keys, places);
        return places;
    }
}
