using System.Globalization;

namespace Litre.Reporting;

/// <summary>
/// Curves over steps as inline SVG, colored by the page's style sheet: once for wide screens and once for narrow ones, so that the text
/// is readable on both.
/// </summary>
/// <param name="title">The title of the figure.</param>
/// <param name="unit">The unit of the vertical axis.</param>
/// <param name="words">The words of the report's language.</param>
/// <param name="wide">Width on a wide screen, in pixels.</param>
/// <param name="tall">Height on a wide screen.</param>
internal sealed class LineChart(string title, string unit, ReportWords words, int wide, int tall)
{
    private const int NarrowWidth = 380;
    private const int NarrowHeight = 250;
    private const int Right = 16;
    private const int Top = 14;
    private const int Bottom = 40;
    private const double DigitWidth = 6.5;

    private readonly List<ChartSeries> _series = [];
    private int _width;
    private int _height;
    private int _left;

    /// <summary>Adds a curve; one without points is omitted.</summary>
    public void Add(ChartSeries series)
    {
        if (series.Points.Count > 0)
            _series.Add(series);
    }

    /// <summary>Writes a figure with title, legend and chart; nothing if there are no curves.</summary>
    public void Write(HtmlBuilder html)
    {
        if (_series.Count == 0)
            return;
        html.Open("figure", "chart").Open("figcaption").Leaf("b", title);
        if (_series.Count > 1)
            foreach (var s in _series)
                html.Leaf("span", s.Name, $"key {s.Style}");
        var all = _series.SelectMany(s => s.Points).ToList();
        var broken = all.Where(p => !double.IsFinite(p.Value)).Select(p => p.Step).Distinct().ToList();
        if (broken.Count > 0)
            html.Leaf("span", words.NotFinite(broken.Count, broken.Min()), "bad");
        html.Close();
        var finite = all.Where(p => double.IsFinite(p.Value)).ToList();
        if (finite.Count == 0)
            html.Leaf("p", words.NoValue, "bad");
        else
        {
            Draw(html, all, finite, "wide", wide, tall);
            Draw(html, all, finite, "narrow", NarrowWidth, NarrowHeight);
        }
        html.Close();
    }

    private void Draw(HtmlBuilder html, List<ReportPoint> all, List<ReportPoint> finite, string style, int width, int height)
    {
        (_width, _height) = (width, height);
        var x = AxisTicks.ForSteps(all.Min(p => p.Step), all.Max(p => p.Step), width / 90);
        var y = AxisTicks.For(finite.Min(p => p.Value), finite.Max(p => p.Value), height / 50);
        // The axis' name, then the longest number.
        _left = 32 + (int)(DigitWidth * y.Values.Max(v => y.Format(v).Length));
        html.Open(
            "svg",
            style,
            ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")),
            ("role", "img"),
            ("aria-label", title)
        );
        Axes(html, x, y);
        foreach (var s in _series)
            Curve(html, s, x, y);
        html.Close();
    }

    private void Axes(HtmlBuilder html, AxisTicks x, AxisTicks y)
    {
        foreach (var tick in y.Values)
        {
            var at = Y(tick, y);
            Line(html, "grid", _left, at, _width - Right, at);
            html.Leaf(
                "text",
                y.Format(tick),
                "tick",
                ("text-anchor", "end"),
                ("x", string.Create(CultureInfo.InvariantCulture, $"{_left - 8}")),
                ("y", string.Create(CultureInfo.InvariantCulture, $"{at + 4:0.#}"))
            );
        }
        foreach (var tick in x.Values)
        {
            var at = X(tick, x);
            Line(html, "mark", at, _height - Bottom, at, _height - Bottom + 5);
            html.Leaf(
                "text",
                x.Format(tick),
                "tick",
                ("text-anchor", "middle"),
                ("x", string.Create(CultureInfo.InvariantCulture, $"{at:0.#}")),
                ("y", string.Create(CultureInfo.InvariantCulture, $"{_height - Bottom + 18}"))
            );
        }
        Line(html, "axis", _left, _height - Bottom, _width - Right, _height - Bottom);
        html.Leaf(
            "text",
            words.Step,
            "name",
            ("text-anchor", "middle"),
            ("x", string.Create(CultureInfo.InvariantCulture, $"{(_left + _width - Right) / 2}")),
            ("y", string.Create(CultureInfo.InvariantCulture, $"{_height - 5}"))
        );
        html.Leaf(
            "text",
            unit,
            "name",
            ("text-anchor", "middle"),
            ("transform", string.Create(CultureInfo.InvariantCulture, $"translate(13 {(Top + _height - Bottom) / 2}) rotate(-90)"))
        );
    }

    // A value that is not finite interrupts the curve.
    private void Curve(HtmlBuilder html, ChartSeries series, AxisTicks x, AxisTicks y)
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
                html.Open(
                        "polyline",
                        series.Style,
                        (
                            "points",
                            string.Join(
                                ' ',
                                run.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Step, x):0.#},{Y(p.Value, y):0.#}"))
                            )
                        )
                    )
                    .Close();
            if (run.Count == 1 || series.Dots)
                foreach (var p in run)
                    Dot(html, series.Style, p, x, y);
            run.Clear();
        }
    }

    private void Dot(HtmlBuilder html, string style, ReportPoint point, AxisTicks x, AxisTicks y) =>
        html.Open(
                "circle",
                style,
                ("cx", string.Create(CultureInfo.InvariantCulture, $"{X(point.Step, x):0.#}")),
                ("cy", string.Create(CultureInfo.InvariantCulture, $"{Y(point.Value, y):0.#}")),
                ("r", "3.5")
            )
            .Leaf("title", string.Create(CultureInfo.InvariantCulture, $"{words.Step} {point.Step:N0}: {point.Value:G5}"))
            .Close();

    private static void Line(HtmlBuilder html, string style, double x1, double y1, double x2, double y2) =>
        html.Open(
                "line",
                style,
                ("x1", string.Create(CultureInfo.InvariantCulture, $"{x1:0.#}")),
                ("y1", string.Create(CultureInfo.InvariantCulture, $"{y1:0.#}")),
                ("x2", string.Create(CultureInfo.InvariantCulture, $"{x2:0.#}")),
                ("y2", string.Create(CultureInfo.InvariantCulture, $"{y2:0.#}"))
            )
            .Close();

    private double X(double value, AxisTicks x) => _left + (value - x.Low) / (x.High - x.Low) * (_width - _left - Right);

    private double Y(double value, AxisTicks y) => _height - Bottom - (value - y.Low) / (y.High - y.Low) * (_height - Top - Bottom);
}
