using Litre.Inference.Sampling;

namespace Litre.Inference.Tests.Sampling;

/// <summary>The definition of sampling: all tokens are sorted, and excluded one after the other.</summary>
internal sealed class SortingSampler(GenerationSettings settings, IReadOnlyList<int> prompt, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<int> _answer = [];

    public int Next(float[] logits)
    {
        foreach (var token in prompt.Concat(_answer).Distinct())
        {
            var penalty = (float)settings.RepetitionPenalty;
            logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
        }
        foreach (var token in _answer.Distinct())
            logits[token] -= (float)settings.FrequencyPenalty * _answer.Count(t => t == token) + (float)settings.PresencePenalty;
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).ToList();
        var chosen = settings.Temperature <= 0 ? order[0] : Draw(logits, order);
        _answer.Add(chosen);
        return chosen;
    }

    private int Draw(float[] logits, List<int> order)
    {
        var (exponents, weights) = Weigh(logits, logits[order[0]], TokenDraw.InverseTemperature(settings));
        order = [.. order.TakeWhile(i => exponents[i] >= TokenDraw.SmallestExponent(settings))];
        if (settings.TopK > 0)
            order = [.. order.Take(settings.TopK)];
        var total = order.Sum(i => LogitMath.Whole(weights[i]));
        var (kept, count) = (0.0, 0);
        while (kept < settings.TopP * total)
            kept += LogitMath.Whole(weights[order[count++]]);
        var limit = Math.Min(_random.NextDouble() * kept, kept - 1);
        var sum = 0.0;
        return order.Take(count).First(i => (sum += LogitMath.Whole(weights[i])) > limit);
    }

    /// <summary>The exponent and the weight of each logit.</summary>
    public static (float[] Exponents, float[] Weights) Weigh(float[] logits, float largest, float inverse)
    {
        var (exponents, weights) = (new float[logits.Length], new float[logits.Length]);
        for (var i = 0; i < logits.Length; i++)
        {
            exponents[i] = (logits[i] - largest) * inverse;
            weights[i] = LogitMath.Exponential(new(exponents[i]))[0];
        }
        return (exponents, weights);
    }
}
