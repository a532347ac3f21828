using Litre.Model;

namespace Litre.Training.Tuning;

/// <summary>
/// Smaller micro-batches of the same step. The loss of a step is a mean over all its answer tokens, so the distribution of its samples
/// over passes changes only rounding (and the masks of dropout).
/// </summary>
public static class MicroBatchSplit
{
    /// <summary>
    /// Splits the samples of a micro-batch, in order, into about the given number of parts with similar token counts; no sample is
    /// split.
    /// </summary>
    /// <param name="samples">The samples of one micro-batch.</param>
    /// <param name="divisor">1 returns it unchanged.</param>
    public static IReadOnlyList<ModelSample[]> Split(ModelSample[] samples, int divisor)
    {
        if (divisor <= 1 || samples.Length <= 1)
            return [samples];
        var most = (samples.Sum(s => s.Ids.Length) + divisor - 1) / divisor;
        var parts = new List<ModelSample[]>();
        var (start, tokens) = (0, 0);
        for (var i = 0; i < samples.Length; i++)
        {
            if (i > start && tokens + samples[i].Ids.Length > most)
            {
                parts.Add(samples[start..i]);
                (start, tokens) = (i, 0);
            }
            tokens += samples[i].Ids.Length;
        }
        parts.Add(samples[start..]);
        return parts;
    }
}
