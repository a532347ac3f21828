namespace Litre.Data.Check;

/// <summary>Sums and distribution of the samples' lengths, in tokens.</summary>
/// <param name="Total">All tokens.</param>
/// <param name="Text">Text and control tokens among them.</param>
/// <param name="Visual">Pads of images and videos among them.</param>
/// <param name="Answer">The text tokens that carry loss.</param>
/// <param name="Shortest">Length of the shortest sample.</param>
/// <param name="Median">Median length.</param>
/// <param name="Percentile95">95th percentile of the lengths.</param>
/// <param name="Longest">Length of the longest sample.</param>
/// <param name="Histogram">The number of samples in each range of lengths.</param>
public sealed record TokenSummary(
    long Total,
    long Text,
    long Visual,
    long Answer,
    int Shortest,
    int Median,
    int Percentile95,
    int Longest,
    IReadOnlyList<LengthBucket> Histogram
)
{
    /// <summary>Summarizes lengths; null if there are none.</summary>
    internal static TokenSummary? Of(IReadOnlyList<(int Length, int Visual, int Answer)> samples)
    {
        if (samples.Count == 0)
            return null;
        var sorted = samples.Select(s => s.Length).Order().ToArray();
        var total = sorted.Sum(l => (long)l);
        var visual = samples.Sum(s => (long)s.Visual);
        return new TokenSummary(
            total,
            total - visual,
            visual,
            samples.Sum(s => (long)s.Answer),
            sorted[0],
            At(0.5),
            At(0.95),
            sorted[^1],
            Buckets(sorted)
        );

        int At(double share) => sorted[Math.Max((int)Math.Ceiling(share * sorted.Length) - 1, 0)];
    }

    // Sixteen equal steps of a round width up to the longest.
    private static List<LengthBucket> Buckets(int[] sorted)
    {
        var step = 1;
        foreach (var round in (int[])[16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768])
        {
            step = round;
            if (sorted[^1] <= round * 16)
                break;
        }
        return
        [
            .. sorted
                .GroupBy(l => (l - 1) / step)
                .OrderBy(g => g.Key)
                .Select(g => new LengthBucket(g.Key * step + 1, (g.Key + 1) * step, g.Count())),
        ];
    }
}

/// <summary>Samples whose length in tokens is from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
public sealed record LengthBucket(int From, int To, int Samples);
