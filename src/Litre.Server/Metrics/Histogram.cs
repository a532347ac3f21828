namespace Litre.Server.Metrics;

/// <summary>Counts values by size, for Prometheus. Thread-safe.</summary>
/// <param name="bounds">The upper bounds of its buckets, in ascending order; one without a bound is added.</param>
internal sealed class Histogram(params double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Observe(double value)
    {
        var bucket = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _counts[bucket < 0 ? bounds.Length : bucket]++;
            _sum += value;
        }
    }

    /// <summary>The values so far: for each bound the number of values up to it, all of them, and their sum.</summary>
    public (IReadOnlyList<(double Bound, long Count)> Buckets, long Count, double Sum) Read()
    {
        lock (_lock)
        {
            var total = 0L;
            var buckets = bounds.Select((bound, i) => (bound, total += _counts[i])).ToList();
            return (buckets, total + _counts[^1], _sum);
        }
    }
}
