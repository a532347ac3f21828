using System.Globalization;
using System.Net;
using System.Text;

namespace Litre.Training.Reporting;

/// <summary>Curves over steps as inline SVG, coloured by the page's style sheet.</summary>
internal sealed class LineChart(string title, string unit, int width, int height)
{
    private const int Right = 16;
    private const int Top = 14;
    private const int Bottom = 40;

    private readonly List<ChartSeries> _series = [];
    private int _left;

    /// <summary>Adds a curve; one without points is left out.</summary>
    public void Add(ChartSeries series)
    {
        if (series.Points.Count > 0) _series.Add(series);
    }

    /// <summary>A figure with title, legend and chart; empty where there are no curves.</summary>
    public string Render()
    {
        if (_series.Count == 0) return "";
        var html = new StringBuilder($"<figure class=\"chart\"><figcaption><b>{WebUtility.HtmlEncode(title)}</b>");
        if (_series.Count > 1)
            foreach (var s in _series) html.Append($"<span class=\"key {s.Style}\">{WebUtility.HtmlEncode(s.Name)}</span>");
        var all = _series.SelectMany(s => s.Points).ToList();
        var broken = all.Where(p => !double.IsFinite(p.Value)).Select(p => p.Step).Distinct().ToList();
        if (broken.Count > 0)
            html.Append(CultureInfo.InvariantCulture, $"<span class=\"bad\">no number at {broken.Count:N0} {(broken.Count == 1 ? "step" : "steps")}, first at step {broken.Min():N0}</span>");
        html.Append("</figcaption>");
        var finite = all.Where(p => double.IsFinite(p.Value)).ToList();
        if (finite.Count == 0) return html.Append("<p class=\"bad\">no value is a number</p></figure>").ToString();

        var x = AxisTicks.ForSteps(all.Min(p => p.Step), all.Max(p => p.Step), width / 90);
        var y = AxisTicks.For(finite.Min(p => p.Value), finite.Max(p => p.Value), height / 50);
        // The axis' name, then the longest number at 6.5 a character.
        _left = 32 + (int)(6.5 * y.Values.Max(v => y.Format(v).Length));
        html.Append($"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        Axes(html, x, y);
        foreach (var s in _series) Curve(html, s, x, y);
        return html.Append("</svg></figure>").ToString();
    }

    private void Axes(StringBuilder html, AxisTicks x, AxisTicks y)
    {
        foreach (var tick in y.Values)
        {
            var at = Y(tick, y);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{_left}\" x2=\"{width - Right}\" y1=\"{at:0.#}\" y2=\"{at:0.#}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{_left - 8}\" y=\"{at + 4:0.#}\">{y.Format(tick)}</text>");
        }
        foreach (var tick in x.Values)
        {
            var at = X(tick, x);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{at:0.#}\" x2=\"{at:0.#}\" y1=\"{height - Bottom}\" y2=\"{height - Bottom + 5}\"/><text class=\"tick\" text-anchor=\"middle\" x=\"{at:0.#}\" y=\"{height - Bottom + 18}\">{x.Format(tick)}</text>");
        }
        html.Append($"<line class=\"axis\" x1=\"{_left}\" x2=\"{width - Right}\" y1=\"{height - Bottom}\" y2=\"{height - Bottom}\"/>");
        html.Append($"<text class=\"name\" text-anchor=\"middle\" x=\"{(_left + width - Right) / 2}\" y=\"{height - 5}\">step</text>");
        html.Append($"<text class=\"name\" text-anchor=\"middle\" transform=\"translate(13 {(Top + height - Bottom) / 2}) rotate(-90)\">{WebUtility.HtmlEncode(unit)}</text>");
    }

    // A value that is no number interrupts the curve.
    private void Curve(StringBuilder html, ChartSeries series, AxisTicks x, AxisTicks y)
    {
        var run = new List<ReportPoint>();
        foreach (var point in series.Drawn().Append(new ReportPoint(0, double.NaN)))
        {
            if (double.IsFinite(point.Value))
            {
                run.Add(point);
                continue;
            }
            if (run.Count > 1)
                html.Append($"<polyline class=\"{series.Style}\" points=\"{string.Join(' ', run.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Step, x):0.#},{Y(p.Value, y):0.#}")))}\"/>");
            if (run.Count == 1 || series.Dots)
            {
                foreach (var p in run)
                    html.Append(CultureInfo.InvariantCulture, $"<circle class=\"{series.Style}\" cx=\"{X(p.Step, x):0.#}\" cy=\"{Y(p.Value, y):0.#}\" r=\"3.5\"><title>step {p.Step:N0}: {p.Value:G5}</title></circle>");
            }
            run.Clear();
        }
    }

    private double X(double value, AxisTicks x) => _left + (value - x.Low) / (x.High - x.Low) * (width - _left - Right);

    private double Y(double value, AxisTicks y) => height - Bottom - (value - y.Low) / (y.High - y.Low) * (height - Top - Bottom);
}
