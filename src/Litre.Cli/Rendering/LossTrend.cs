namespace Litre.Cli.Rendering;

/// <summary>The course of a value over a whole run, kept as a small fixed number of means regardless of the length of the run.</summary>
internal sealed class LossTrend
{
    private const int Capacity = 64; // even: when it is reached, neighbors are merged in pairs
    private const int Window = 20;
    private const string Bars = "▁▂▃▄▅▆▇█";

    private readonly List<(double Sum, int Count)> _parts = [];
    private readonly Queue<double> _recent = new();
    private int _partSize = 1;

    /// <summary>The number of values in <see cref="RecentMean"/>, at most 20.</summary>
    public int RecentCount => _recent.Count;

    /// <summary>The mean of the last values; null before the first.</summary>
    public double? RecentMean => _recent.Count > 0 ? _recent.Average() : null;

    /// <summary>Adds a value; values that are not finite are ignored.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
            return;
        _recent.Enqueue(value);
        if (_recent.Count > Window)
            _ = _recent.Dequeue();
        if (_parts.Count > 0 && _parts[^1].Count < _partSize)
            _parts[^1] = (_parts[^1].Sum + value, _parts[^1].Count + 1);
        else
            _parts.Add((value, 1));
        if (_parts.Count <= Capacity)
            return;
        _partSize *= 2;
        for (var i = 0; i < _parts.Count / 2; i++)
            _parts[i] = Join(_parts[2 * i], _parts[2 * i + 1]);
        var odd = _parts.Count % 2;
        if (odd > 0)
            _parts[_parts.Count / 2] = _parts[^1];
        _parts.RemoveRange(_parts.Count / 2 + odd, _parts.Count - _parts.Count / 2 - odd);
    }

    /// <summary>The run so far as bars from its lowest to its highest mean, oldest first; empty for fewer than two values.</summary>
    /// <param name="width">The maximum number of bars.</param>
    public string Sparkline(int width)
    {
        if (_parts.Count < 2 || width < 2)
            return "";
        var bars = Math.Min(width, _parts.Count);
        var means = Enumerable.Range(0, bars).Select(bar => Mean(bar * _parts.Count / bars, (bar + 1) * _parts.Count / bars)).ToList();
        var (low, high) = (means.Min(), means.Max());
        return string.Concat(
            means.Select(mean => Bars[high > low ? (int)Math.Min((mean - low) / (high - low) * Bars.Length, Bars.Length - 1) : 0])
        );
    }

    private double Mean(int first, int end)
    {
        var parts = _parts[first..end];
        return parts.Sum(part => part.Sum) / parts.Sum(part => part.Count);
    }

    private static (double Sum, int Count) Join((double Sum, int Count) a, (double Sum, int Count) b) => (a.Sum + b.Sum, a.Count + b.Count);
}
