namespace Litre.Reporting;

/// <summary>One curve of a chart.</summary>
/// <param name="Name">The name in the legend.</param>
/// <param name="Style">The style sheet's class: its color and weight.</param>
/// <param name="Points">The points in ascending steps.</param>
/// <param name="Dots">Whether single values are marked.</param>
internal sealed record ChartSeries(string Name, string Style, IReadOnlyList<ReportPoint> Points, bool Dots)
{
    // More points than a screen has columns: each column keeps its lowest and highest value, so that no spike is lost.
    private const int LargestDrawn = 1600;

    public IReadOnlyList<ReportPoint> Drawn()
    {
        if (Points.Count <= LargestDrawn)
            return Points;
        var size = (Points.Count + LargestDrawn / 2 - 1) / (LargestDrawn / 2);
        var drawn = new List<ReportPoint>();
        foreach (var column in Points.Chunk(size))
        {
            var finite = column.Where(p => double.IsFinite(p.Value)).ToArray();
            if (finite.Length == 0)
            {
                drawn.Add(column[0]);
                continue;
            }
            var (low, high) = (finite.MinBy(p => p.Value), finite.MaxBy(p => p.Value));
            drawn.Add(low.Step <= high.Step ? low : high);
            if (low.Step != high.Step)
                drawn.Add(low.Step <= high.Step ? high : low);
        }
        return drawn;
    }

    /// <summary>
    /// An exponential mean without the bias of its start (as Adam's moments, Kingma and Ba 2015), over about a fiftieth of the run.
    /// </summary>
    public static IReadOnlyList<ReportPoint> Smooth(IReadOnlyList<ReportPoint> points)
    {
        var keep = 1 - 1 / Math.Max(points.Count / 50.0, 4);
        var (mean, weight) = (0.0, 0.0);
        var smooth = new List<ReportPoint>(points.Count);
        foreach (var point in points.Where(p => double.IsFinite(p.Value)))
        {
            mean = keep * mean + (1 - keep) * point.Value;
            weight = keep * weight + (1 - keep);
            smooth.Add(point with { Value = mean / weight });
        }
        return smooth;
    }
}

/// <summary>A value after a step.</summary>
/// <param name="Step">Counted from one; 0 is before the first.</param>
/// <param name="Value">May be NaN, which charts omit and mention.</param>
public readonly record struct ReportPoint(int Step, double Value);
