using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Reporting;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Reporting;

public sealed class LineChartTests
{
    private const int Width = 600,
        Height = 300;

    [Fact]
    public void Write_NoPoints_IsNothing()
    {
        Assert.Equal("", Draw([]));
    }

    [Fact]
    public void Write_RisingValues_StayInTheFrameAndRise()
    {
        var page = Draw([.. Enumerable.Range(0, 50).Select(i => new ReportPoint(i, 0.37 * i * i))]);
        foreach (var (view, box) in ((string, (double, double))[])[("wide", (Width, Height)), ("narrow", (380, 250))])
        {
            var points = Points(Regex.Match(Svg(page, view), "<polyline class=\"curve\" points=\"([^\"]*)\"").Groups[1].Value);
            Assert.Equal(50, points.Count);
            Assert.All(points, p => Assert.True(p.X > 0 && p.X < box.Item1 && p.Y > 0 && p.Y < box.Item2));
            foreach (var (a, b) in points.Zip(points.Skip(1)))
                Assert.True(b.X > a.X && b.Y <= a.Y, $"{a} to {b}");
            // Steps lie evenly, and the first and last stand on the frame's edges.
            Assert.Equal(points[49].X - points[25].X, (points[49].X - points[1].X) / 2, 0.2);
            Assert.Equal(box.Item1 - 16, points[49].X, 0.1);
        }
    }

    [Fact]
    public void Write_ValueThatIsATick_LiesOnItsGridLine()
    {
        var page = Svg(Draw([new(0, 0), new(10, 2), new(20, 4)]), "wide");
        var lines = Regex.Matches(page, "<line class=\"grid\"[^>]* y1=\"([^\"]*)\"").Select(m => m.Groups[1].Value).ToList();
        var labels = Regex.Matches(page, "<text class=\"tick\" text-anchor=\"end\"[^>]*>([^<]*)<").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(["0", "1", "2", "3", "4"], labels);
        var at = lines[labels.IndexOf("2")];
        Assert.Contains(Points(Regex.Match(page, "points=\"([^\"]*)\"").Groups[1].Value), p => p.Y == Number(at));
    }

    [Fact]
    public void Write_OnePoint_IsADot()
    {
        var page = Draw([new(7, 1.5)]);
        Assert.DoesNotContain("<polyline", page);
        Assert.Equal(2, Regex.Count(page, "<circle class=\"curve\"")); // wide and narrow
        Assert.Contains("7: 1.5", page);
    }

    [Fact]
    public void Write_ValuesThatAreNotFinite_InterruptTheCurveAndAreSaid()
    {
        var page = Draw([new(1, 3), new(2, 2), new(3, double.NaN), new(4, double.PositiveInfinity), new(5, 2), new(6, 1)]);
        Assert.Equal(2, Regex.Count(Svg(page, "wide"), "<polyline"));
        Assert.Contains("not finite at 2 steps, first at step 3", page);
        Assert.DoesNotMatch("NaN|∞|Infinity", page);
    }

    [Fact]
    public void Write_NothingFinite_SaysSoWithoutAChart()
    {
        var page = Draw([new(1, double.NaN), new(2, double.NegativeInfinity)]);
        Assert.DoesNotContain("<svg", page);
        Assert.Contains(HtmlBuilder.Escape(ReportWords.Of(ReportLanguage.En).NoValue), page);
    }

    [Fact]
    public void Write_EqualValues_DrawALevelLineInsideTheFrame()
    {
        var points = Points(Regex.Match(Draw([new(1, 1e-4), new(9, 1e-4)]), "points=\"([^\"]*)\"").Groups[1].Value);
        Assert.Equal(points[0].Y, points[1].Y);
        Assert.InRange(points[0].Y, 30, Height - 60);
    }

    [Fact]
    public void Write_MorePointsThanColumns_KeepsTheSpike()
    {
        var points = Enumerable.Range(0, 20_000).Select(i => new ReportPoint(i, i == 12_345 ? 100 : 1)).ToArray();
        var drawn = Points(Regex.Match(Svg(Draw(points), "wide"), "points=\"([^\"]*)\"").Groups[1].Value);
        Assert.InRange(drawn.Count, 100, 1600);
        Assert.Equal(1, drawn.Count(p => p.Y < Height / 2.0));
    }

    private static string Draw(ReportPoint[] points)
    {
        var chart = new LineChart("loss", "nats", ReportWords.Of(ReportLanguage.En), Width, Height);
        chart.Add(new ChartSeries("each step", "curve", points, Dots: false));
        var html = new HtmlBuilder();
        chart.Write(html);
        return html.ToString();
    }

    private static string Svg(string page, string view) => Regex.Match(page, $"<svg class=\"{view}\".*?</svg>").Value;

    private static List<(double X, double Y)> Points(string text) =>
        [.. text.Split(' ').Select(p => p.Split(',')).Select(p => (Number(p[0]), Number(p[1])))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
