using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;
using Litre.Reporting;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Reporting;

/// <summary>The page's tables say what evaluation.json says.</summary>
public sealed class ReportNumbersTests
{
    [Theory]
    [InlineData(ReportLanguage.En)]
    [InlineData(ReportLanguage.Zh)]
    public void Render_Tables_HaveTheNumbersOfEvaluationJson(ReportLanguage language)
    {
        var (result, words) = (Result(), ReportWords.Of(language));
        using var json = JsonDocument.Parse(EvaluationFiles.ToJson(result));
        var expected = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
        var page = ReportPage.Render(
            new RunReport
            {
                Title = "run",
                Language = language,
                Evaluation = result,
            }
        );
        var shown = Regex.Matches(page, "<tr><td class=\"metric\">(.*?)</tr>").Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(expected.Count, shown.Count);
        foreach (var (row, cells) in expected.Zip(shown))
        {
            var metric = Enum.GetValues<Metric>().Single(m => m.Key() == row.GetProperty("metric").GetString());
            Assert.StartsWith(HtmlBuilder.Escape(words.Name(metric)), cells);
            var (unit, rounding) = metric.IsShare() ? (100, 0.05) : (1, 0.00005);
            Assert.Equal(row.GetProperty("samples").GetInt32(), Shown(cells, words.Samples)[0]);
            foreach (
                var (name, label) in ((string, string)[])[("base", words.Base), ("tuned", words.Tuned), ("difference", words.Difference)]
            )
            {
                var interval = row.GetProperty(name);
                double[] numbers =
                [
                    .. new[] { "mean", "low", "high" }.Select(k => interval.GetProperty(k)).Select(v => v.GetDouble() * unit),
                ];
                var found = Shown(cells, label);
                Assert.Equal(3, found.Length);
                Assert.All(numbers.Zip(found), n => Assert.Equal(n.First, n.Second, rounding * 1.01));
            }
            var p = row.GetProperty("p_value").GetDouble();
            Assert.Equal(p < 0.001, cells.Contains("data-label=\"p\">&lt; 0.001<", StringComparison.Ordinal));
            Assert.Equal(Math.Max(p, 0.001), Shown(cells, "p")[0], 0.00051);
            var verdict = row.GetProperty("verdict").GetString() switch
            {
                "better" => Verdict.Better,
                "worse" => Verdict.Worse,
                _ => Verdict.NotProven,
            };
            Assert.Contains($">{HtmlBuilder.Escape(words.Word(verdict))}</span>", cells);
        }
    }

    // Every number in the cell of a column: the mean, then the ends of its interval.
    private static double[] Shown(string cells, string column)
    {
        var cell = Regex.Match(cells, $"data-label=\"{Regex.Escape(HtmlBuilder.Escape(column))}\">(.*?)</td>").Groups[1].Value;
        var text = WebUtility.HtmlDecode(Regex.Replace(cell, "<[^>]*>", " ")).Replace('−', '-');
        return [.. Regex.Matches(text, "-?\\d+(\\.\\d+)?").Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];
    }

    private static EvaluationResult Result()
    {
        var random = new Random(4);
        var settings = new EvaluationSettings { Resamples = 200 };
        Observation[] Values(double before, double after) =>
            [
                .. Enumerable
                    .Range(0, 60)
                    .Select(_ => new Observation(random.NextDouble() < before ? 1 : 0, random.NextDouble() < after ? 1 : 0, 1)),
            ];
        Observation[] losses =
        [
            .. Enumerable.Range(0, 60).Select(_ => new Observation(2 + random.NextDouble(), 1 + random.NextDouble(), 1)),
        ];
        MetricComparison Row(Metric metric, GroupKind kind, string name, Observation[] values) =>
            MetricComparison.Of(metric, kind, name, values, settings);
        return new EvaluationResult(
            60,
            true,
            [
                Row(Metric.ExactMatch, GroupKind.All, "", Values(0.3, 0.6)),
                Row(Metric.Loss, GroupKind.All, "", losses),
                Row(Metric.ExactMatch, GroupKind.Source, "a.jsonl", Values(0.5, 0.5)),
                Row(Metric.ExactMatch, GroupKind.Source, "b.jsonl", Values(0.9, 0.2)),
            ],
            []
        )
        {
            Headline = Metric.ExactMatch,
        };
    }
}
