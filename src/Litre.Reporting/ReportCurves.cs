namespace Litre.Reporting;

/// <summary>A report's curves: the losses with the base model's loss as a reference line, the learning rate and the speed.</summary>
internal static class ReportCurves
{
    private const int FewSteps = 20; // need no smoothing: the curve is the values
    private const int Dotted = 60;

    public static void Write(HtmlBuilder html, RunReport report, ReportWords words)
    {
        var small = new[]
        {
            (words.LearningRate, words.LearningRate, report.LearningRates),
            (words.Speed, words.TokensPerSecond, report.TokensPerSecond),
        }
            .Where(c => c.Item3.Count > 0)
            .ToList();
        if (report.Losses.Count + report.ValidationLosses.Count + small.Count == 0)
            return;
        html.Open("section").Leaf("h2", words.Training);
        Loss(report, words).Write(html);
        if (small.Count > 0)
            html.Open("div", "pair");
        foreach (var (title, unit, points) in small)
        {
            var chart = new LineChart(title, unit, words, 540, 230);
            chart.Add(new ChartSeries(title, "main", points, Dots: false));
            chart.Write(html);
        }
        if (small.Count > 0)
            html.Close();
        html.Close();
    }

    private static LineChart Loss(RunReport report, ReportWords words)
    {
        var loss = new LineChart(words.Loss, words.LossUnit, words, 1100, 340);
        var smooth = report.Losses.Count >= FewSteps;
        loss.Add(new ChartSeries(words.EachStep, smooth ? "raw" : "main", report.Losses, Dots: !smooth));
        if (smooth)
            loss.Add(new ChartSeries(words.Smoothed, "main", ChartSeries.Smooth(report.Losses), Dots: false));
        loss.Add(new ChartSeries(words.HeldOut, "held", report.ValidationLosses, Dots: report.ValidationLosses.Count <= Dotted));
        var last = report.Losses.Concat(report.ValidationLosses).Select(p => p.Step).DefaultIfEmpty().Max();
        if (report.ValidationLosses is [{ Step: 0, Value: var untouched }, ..] && double.IsFinite(untouched) && last > 0)
            loss.Add(
                new ChartSeries(words.UntouchedBase, "base", [new ReportPoint(0, untouched), new ReportPoint(last, untouched)], Dots: false)
            );
        return loss;
    }
}
