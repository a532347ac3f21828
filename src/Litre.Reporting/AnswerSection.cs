using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;

namespace Litre.Reporting;

/// <summary>
/// A report's answers: an even sample, then more wrong ones, folded; buttons filter the wrong, improved, worse or truncated ones.
/// </summary>
internal static class AnswerSection
{
    public static void Write(HtmlBuilder html, RunReport report, ReportWords words)
    {
        if (report.Answers.Count == 0)
            return;
        var compared = report.Evaluation?.Compared ?? report.Answers.Any(a => a.Record.TunedAnswer is not null);
        var (drawn, further) = (report.Answers.Where(a => !a.IsFurther).ToList(), report.Answers.Where(a => a.IsFurther).ToList());
        html.Open("section").Leaf("h2", words.Answers).Leaf("p", Drawn(report, drawn.Count, compared, words), "note");
        Filter(html, report.Answers, compared, words);
        foreach (var answer in drawn)
            Answer(html, answer, compared, words);
        if (further.Count > 0)
        {
            var wrong = report.Evaluation?.Answers.Count(IsWrong) ?? further.Count;
            html.Open("details", "more").Leaf("summary", words.MoreWrong(further.Count, wrong));
            foreach (var answer in further)
                Answer(html, answer, compared, words);
            html.Close();
        }
        html.Close();
    }

    /// <summary>Whether the tuned model's answer, or the base's if there is no tuned model, is wrong.</summary>
    public static bool IsWrong(AnswerRecord record) => Score(record.TunedScores ?? record.BaseScores) is < ReportAnswers.RightFrom;

    private static string Drawn(RunReport report, int drawn, bool compared, ReportWords words)
    {
        var all = report.Evaluation?.Answers ?? [.. report.Answers.Select(a => a.Record)];
        var changes = compared ? all.Select(Change).ToList() : null;
        return words.Drawn(
            drawn,
            report.Evaluation?.Samples ?? drawn,
            changes is null ? null : (changes.Count(c => c > 0), changes.Count(c => c < 0))
        );
    }

    private static void Filter(HtmlBuilder html, IReadOnlyList<ReportAnswer> answers, bool compared, ReportWords words)
    {
        html.Open("div", "filter", ("hidden", ""));
        Button("all", words.ShowAll, pressed: true);
        foreach (
            var (state, name) in ((string, string)[])
                [("wrong", words.ShowWrong), ("improved", words.ShowBetter), ("worse", words.ShowWorse), ("cut", words.ShowTruncated)]
        )
            if (compared || state is "wrong" or "cut")
                Button(state, name, pressed: false);
        html.Close();

        void Button(string state, string name, bool pressed)
        {
            var count = state == "all" ? answers.Count : answers.Count(a => States(a.Record).Contains(state));
            if (count > 0 || state is "all" or "wrong")
                html.Leaf(
                    "button",
                    $"{name} ({count.ToString(CultureInfo.InvariantCulture)})",
                    null,
                    ("type", "button"),
                    ("data-show", state),
                    ("aria-pressed", pressed ? "true" : "false")
                );
        }
    }

    private static void Answer(HtmlBuilder html, ReportAnswer answer, bool compared, ReportWords words)
    {
        var record = answer.Record;
        html.Open(
            "article",
            answer.Images.Count > 0 ? null : "plain",
            ("data-state", string.Join(' ', States(record).DefaultIfEmpty("plain")))
        );
        if (answer.Images.Count > 0)
        {
            html.Open("div", answer.Images.Count > 1 ? "images many" : "images");
            foreach (var image in answer.Images)
                html.Void("img", ("alt", " "), ("loading", "lazy"), ("src", image));
            html.Close();
        }
        html.Open("div", "asked")
            .Leaf("div", string.Join(" · ", new[] { record.Id, record.Source, record.QuestionType }.OfType<string>().Distinct()), "where");
        html.Leaf("div", record.Question, "question").Leaf("p", $"{words.Expected}{string.Join(" · ", record.References)}", "right");
        var note = string.Join(
            "; ",
            new[] { answer.Note, answer.HiddenImages > 0 ? words.MoreImages(answer.HiddenImages) : "" }.Where(n => n.Length > 0)
        );
        if (note.Length > 0)
            html.Sentence("p", note, "note");
        html.Open("div", compared ? "sides" : "sides one");
        Side(html, words.Base, record.BaseAnswer, Score(record.BaseScores), record.BaseTruncated, words);
        if (compared)
            Side(html, words.Tuned, record.TunedAnswer, Score(record.TunedScores), record.TunedTruncated, words);
        html.Close().Close().Close();
    }

    private static void Side(HtmlBuilder html, string name, string? text, double? score, bool cut, ReportWords words)
    {
        var (style, mark) = score switch
        {
            null => ("", ""),
            >= 1 => ("good", $"✓ {words.Right}"),
            <= 0 => ("wrong", $"✗ {words.Wrong}"),
            { } part => (part < ReportAnswers.RightFrom ? "wrong" : "", string.Create(CultureInfo.InvariantCulture, $"◐ {part * 100:0} %")),
        };
        html.Open("div", $"side {style}".TrimEnd()).Open("b").Text($"{name} ").Leaf("span", mark);
        if (cut)
            html.Leaf("span", $" {words.Truncated}", "cut");
        html.Close();
        if (string.IsNullOrWhiteSpace(text))
            html.Leaf("div", words.NoAnswer, "text note");
        else
            html.Leaf("div", text, "text");
        html.Close();
    }

    private static IEnumerable<string> States(AnswerRecord record)
    {
        if (IsWrong(record))
            yield return "wrong";
        if (Change(record) > 0)
            yield return "improved";
        if (Change(record) < 0)
            yield return "worse";
        if (record.BaseTruncated || record.TunedTruncated)
            yield return "cut";
    }

    private static double Change(AnswerRecord record) =>
        record.TunedScores is null ? 0 : (Score(record.TunedScores) ?? 0) - (Score(record.BaseScores) ?? 0);

    private static double? Score(IReadOnlyDictionary<string, double>? scores) =>
        scores is not null && scores.TryGetValue(Metric.Score.Key(), out var score) ? score : null;
}
