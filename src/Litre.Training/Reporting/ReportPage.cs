using System.Globalization;
using System.Net;
using System.Text;
using Litre.Torch.Files;
using Litre.Training.Evaluation;
using Litre.Training.Evaluation.Metrics;

namespace Litre.Training.Reporting;

/// <summary>One self-contained page about a run: it loads nothing and runs nothing, and all text in it is escaped.</summary>
public sealed class ReportPage
{
    public const string FileName = "report.html";

    private readonly RunReport _report;
    private readonly StringBuilder _html = new();

    private ReportPage(RunReport report) => _report = report;

    /// <summary>The page as HTML.</summary>
    public static string Render(RunReport report)
    {
        var page = new ReportPage(report);
        page.Head();
        page.Evaluation();
        page.Curves();
        page.Answers();
        page.Settings();
        page._html.Append("</main></body></html>\n");
        return page._html.ToString();
    }

    /// <summary>Writes the page; it appears whole or not at all.</summary>
    /// <exception cref="Torch.InputException">The file cannot be written.</exception>
    public static void Write(string path, RunReport report) => AtomicFile.WriteText(path, Render(report));

    private void Head()
    {
        _html.Append($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{Escape(_report.Title)} · Litre</title>
            <style>{ReportStyle.Css}</style></head><body>
            <header><div class="brand">Litre <span>report</span></div><h1>{Escape(_report.Title)}</h1>
            """);
        if (_report.Subtitle.Length > 0) _html.Append($"<p class=\"sub\">{Escape(_report.Subtitle)}</p>");
        if (_report.Evaluation is { } evaluation)
            _html.Append($"<p class=\"verdict {evaluation.Verdict switch { Verdict.Better => "better", Verdict.Worse => "worse", _ => "" }}\">{Escape(EvaluationText.Sentence(evaluation))}</p>");
        if (_report.Facts.Count > 0)
            _html.Append("<dl class=\"facts\">").AppendJoin("", _report.Facts.Select(f => $"<div><dt>{Escape(f.Name)}</dt><dd>{Escape(f.Value)}</dd></div>")).Append("</dl>");
        foreach (var message in _report.Messages) _html.Append($"<p class=\"message\">{Escape(message)}</p>");
        _html.Append("</header><main>");
    }

    private void Curves()
    {
        var loss = new LineChart("Loss", "nats per answer token", 1100, 340);
        // A few steps need no smoothing: the curve is the values.
        var smooth = _report.Losses.Count >= 20;
        loss.Add(new ChartSeries("training, each step", smooth ? "raw" : "main", _report.Losses, Dots: _report.Losses.Count < 20));
        if (smooth) loss.Add(new ChartSeries("training, smoothed", "main", ChartSeries.Smooth(_report.Losses), Dots: false));
        loss.Add(new ChartSeries("validation", "held", _report.ValidationLosses, Dots: _report.ValidationLosses.Count <= 60));
        var rate = new LineChart("Learning rate", "learning rate", 540, 230);
        rate.Add(new ChartSeries("learning rate", "main", _report.LearningRates, Dots: false));
        var speed = new LineChart("Speed", "tokens per second", 540, 230);
        speed.Add(new ChartSeries("tokens per second", "main", _report.TokensPerSecond, Dots: false));
        var small = rate.Render() + speed.Render();
        var large = loss.Render();
        if (large.Length + small.Length == 0) return;
        _html.Append("<h2>Training</h2>").Append(large);
        if (small.Length > 0) _html.Append("<div class=\"pair\">").Append(small).Append("</div>");
    }

    private void Evaluation()
    {
        if (_report.Evaluation is not { } result) return;
        _html.Append($"<h2>{(result.Compared ? "Base against tuned" : "The base model")}</h2><div class=\"card scroll\"><table><thead><tr><th>metric</th><th class=\"num\">samples</th><th class=\"num\">base</th>");
        if (result.Compared) _html.Append("<th class=\"num\">tuned</th><th class=\"num\">difference</th><th class=\"num\">p</th><th></th>");
        _html.Append("</tr></thead><tbody>");
        foreach (var group in result.Rows.GroupBy(r => (r.Group, r.Name)))
        {
            _html.Append($"<tr class=\"group\"><th colspan=\"{(result.Compared ? 7 : 3)}\">{Escape(EvaluationText.Group(group.First()))}</th></tr>");
            foreach (var row in group) Row(row);
        }
        _html.Append("</tbody></table></div><p class=\"note\">Below each mean its 95 % interval by resampling the samples 10,000 times; none where too few samples, or samples all alike, show no spread. ↓ lower is better.");
        if (result.Compared) _html.Append(" p is of the paired sign-flip test: how often chance alone would give a difference as large. Better or worse is said from p &lt; 0.05; the row that decides is the first one, and with many rows some differ by chance.");
        _html.Append("</p>");
    }

    private void Row(MetricComparison row)
    {
        _html.Append($"<tr><td>{Escape(row.Metric.Label())}{(row.Metric.HigherIsBetter() ? "" : " ↓")}</td><td class=\"num\">{row.Samples.ToString("N0", CultureInfo.InvariantCulture)}</td>");
        Number(EvaluationText.Mean(row.Metric, row.Base.Mean), EvaluationText.Ends(row.Metric, row.Base));
        if (row is { Tuned: { } tuned, Difference: { } difference, Verdict: { } verdict })
        {
            Number(EvaluationText.Mean(row.Metric, tuned.Mean), EvaluationText.Ends(row.Metric, tuned));
            Number(EvaluationText.Difference(row.Metric, difference.Mean), EvaluationText.Ends(row.Metric, difference, signed: true));
            Number(EvaluationText.PValue(row.PValue!.Value), "–");
            _html.Append($"<td><span class=\"tag {(verdict == Verdict.NotProven ? "" : EvaluationText.Word(verdict))}\">{EvaluationText.Word(verdict)}</span></td>");
        }
        _html.Append("</tr>");

        void Number(string mean, string ends) => _html.Append($"<td class=\"num\">{Escape(mean)}{(ends == "–" ? "" : $"<small>{Escape(ends)}</small>")}</td>");
    }

    private void Answers()
    {
        if (_report.Answers.Count == 0) return;
        var compared = _report.Evaluation?.Compared ?? _report.Answers.Any(a => a.Record.TunedAnswer is not null);
        _html.Append($"<h2>Answers</h2><p class=\"note\">{_report.Answers.Count.ToString(CultureInfo.InvariantCulture)} drawn evenly");
        if (_report.Evaluation is { } result)
        {
            _html.Append(CultureInfo.InvariantCulture, $" from {result.Samples:N0}");
            if (compared)
            {
                var gains = result.Answers.Select(a => Score(a.TunedScores) - Score(a.BaseScores)).ToList();
                _html.Append(CultureInfo.InvariantCulture, $"; of all, {gains.Count(g => g > 0):N0} got better and {gains.Count(g => g < 0):N0} worse");
            }
        }
        _html.Append(".</p>");
        foreach (var answer in _report.Answers) Answer(answer, compared);
    }

    private void Answer(ReportAnswer answer, bool compared)
    {
        var record = answer.Record;
        _html.Append(answer.Pictures.Count > 0 ? "<article>" : "<article class=\"plain\">");
        if (answer.Pictures.Count > 0)
        {
            _html.Append($"<div class=\"pictures{(answer.Pictures.Count > 1 ? " many" : "")}\">");
            foreach (var picture in answer.Pictures) _html.Append($"<img alt=\"\" src=\"{Escape(picture)}\">");
            _html.Append("</div>");
        }
        _html.Append($"<div class=\"asked\"><div class=\"where\">{Escape(string.Join(" · ", new[] { record.Id, record.Source, record.QuestionType }.OfType<string>().Distinct()))}</div><div class=\"question\">{Escape(record.Question)}</div><p class=\"right\">right: {string.Join(" · ", record.References.Select(Escape))}</p>");
        if (answer.Note.Length > 0) _html.Append($"<p class=\"note\">{Escape(answer.Note)}</p>");
        _html.Append($"<div class=\"sides{(compared ? "" : " one")}\">");
        Side("base", record.BaseAnswer, Score(record.BaseScores));
        if (compared) Side("tuned", record.TunedAnswer, Score(record.TunedScores));
        _html.Append("</div></div></article>");
    }

    private void Side(string name, string? text, double? score)
    {
        var (style, mark) = score switch
        {
            null => ("", ""),
            >= 1 => ("good", "✓ right"),
            <= 0 => ("wrong", "✗ wrong"),
            { } part => ("", string.Create(CultureInfo.InvariantCulture, $"◐ {part * 100:0} %")),
        };
        var shown = string.IsNullOrWhiteSpace(text) ? "<span class=\"note\">(nothing)</span>" : Escape(text);
        _html.Append($"<div class=\"side {style}\"><b>{name} <span>{mark}</span></b><div class=\"text\">{shown}</div></div>");
    }

    private void Settings()
    {
        if (_report.Settings.Count == 0) return;
        _html.Append("<h2>Settings</h2><div class=\"card\"><table class=\"settings\"><tbody>");
        foreach (var (name, value) in _report.Settings) _html.Append($"<tr><td>{Escape(name)}</td><td>{Escape(value)}</td></tr>");
        _html.Append("</tbody></table></div>");
    }

    private static double? Score(IReadOnlyDictionary<string, double>? scores) =>
        scores is not null && scores.TryGetValue(Metric.Score.Key(), out var score) ? score : null;

    // Control characters that models with random weights produce are not allowed in HTML.
    private static string Escape(string text) =>
        WebUtility.HtmlEncode(string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c)));
}
