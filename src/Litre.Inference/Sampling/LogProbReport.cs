using System.Numerics;

namespace Litre.Inference.Sampling;

/// <summary>The log-probabilities of one row of logits.</summary>
internal sealed class LogProbReport
{
    private readonly double _normalizer; // the logarithm of the sum of exponentials
    private readonly IReadOnlyList<(int Token, double LogProb)> _top;

    private LogProbReport(double normalizer, IReadOnlyList<(int, double)> top) => (_normalizer, _top) = (normalizer, top);

    public static LogProbReport Of(ReadOnlySpan<float> logits, int top)
    {
        var largest = LogitMath.Max(logits);
        var normalizer = float.IsFinite(largest) ? largest + Math.Log(LogitMath.SumOfExponentials(logits, largest)) : largest;
        return new(normalizer, [.. Largest(logits, top).Select(t => (t.Token, t.Logit - normalizer))]);
    }

    public TokenLogProb For(int token, float logit) => new(token, logit - _normalizer, _top);

    // In descending order, and of equal ones the first.
    private static List<(int Token, float Logit)> Largest(ReadOnlySpan<float> logits, int count)
    {
        var found = new List<(int Token, float Logit)>(count + 1);
        if (count == 0)
            return found;
        var i = 0;
        while (i < logits.Length)
        {
            // Most blocks have nothing that is large enough.
            if (found.Count == count && i + Vector<float>.Count <= logits.Length)
            {
                if (!Vector.GreaterThanAny(new Vector<float>(logits[i..]), new Vector<float>(found[^1].Logit)))
                {
                    i += Vector<float>.Count;
                    continue;
                }
            }
            for (var end = Math.Min(i + Vector<float>.Count, logits.Length); i < end; i++)
            {
                if (float.IsNaN(logits[i]) || (found.Count == count && logits[i] <= found[^1].Logit))
                    continue;
                var at = found.Count;
                while (at > 0 && found[at - 1].Logit < logits[i])
                    at--;
                found.Insert(at, (i, logits[i]));
                if (found.Count > count)
                    found.RemoveAt(count);
            }
        }
        return found;
    }
}
