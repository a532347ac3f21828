namespace Litre.Inference;

/// <summary>Draws a token from one row of logits: temperature, then the k most likely, then nucleus (Holtzman and others 2020).</summary>
public static class Sampler
{
    /// <param name="logits">One float32 value per token of the vocabulary.</param>
    /// <param name="settings">Temperature above zero, top-k and top-p.</param>
    /// <param name="random">The random source, from which one number is drawn.</param>
    public static int Sample(ReadOnlySpan<float> logits, GenerationSettings settings, Random random)
    {
        var order = new int[logits.Length];
        var keys = new float[logits.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = -logits[i];
        }
        Array.Sort(keys, order);
        var count = settings.TopK > 0 ? Math.Min(settings.TopK, order.Length) : order.Length;
        var weights = new double[count];
        var total = 0.0;
        for (var i = 0; i < count; i++)
            total += weights[i] = Math.Exp((keys[0] - keys[i]) / settings.Temperature);
        var kept = 0.0;
        var last = 0;
        while (last < count)
        {
            kept += weights[last++];
            if (kept >= settings.TopP * total)
                break;
        }
        var draw = random.NextDouble() * kept;
        for (var i = 0; i < last; i++)
        {
            draw -= weights[i];
            if (draw < 0)
                return order[i];
        }
        return order[last - 1];
    }
}
