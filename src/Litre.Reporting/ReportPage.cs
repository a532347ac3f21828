using Litre.Core.Files;
using Litre.Evaluation;

namespace Litre.Reporting;

/// <summary>
/// One self-contained page about a run: it loads nothing, all text in it is escaped, and all of it can be read without its script. It
/// starts with the verdict; curves and answers follow, then tables, notes and settings, which are folded.
/// </summary>
public static class ReportPage
{
    public const string FileName = "report.html";

    /// <summary>The page as HTML.</summary>
    public static string Render(RunReport report)
    {
        var (html, words) = (new HtmlBuilder(), ReportWords.Of(report.Language));
        html.Raw("<!doctype html>\n").Open("html", null, ("lang", words.Tag));
        Head(html, report, words);
        html.Open("body");
        Header(html, report, words);
        html.Open("main");
        ReportCurves.Write(html, report, words);
        AnswerSection.Write(html, report, words);
        ReportTables.Write(html, report, words);
        Notes(html, report, words);
        Settings(html, report, words);
        html.Close();
        if (report.Answers.Count > 0)
            html.Open("script").Raw(ReportScript.Text).Close();
        return html.Close().Close().Raw("\n").ToString();
    }

    /// <summary>Writes the page; it appears complete or not at all.</summary>
    /// <exception cref="Core.InputException">The file cannot be written.</exception>
    public static void Write(string path, RunReport report) => AtomicFile.WriteText(path, Render(report));

    private static void Head(HtmlBuilder html, RunReport report, ReportWords words) =>
        html.Open("head")
            .Void("meta", ("charset", "utf-8"))
            .Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"))
            .Void(
                "meta",
                ("http-equiv", "Content-Security-Policy"),
                ("content", $"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {ReportScript.Source}")
            )
            .Leaf("title", $"{report.Title} · Litre")
            .Open("style")
            .Raw(ReportStyle.Css)
            .Close()
            .Close();

    private static void Header(HtmlBuilder html, RunReport report, ReportWords words)
    {
        html.Open("header").Open("div", "brand").Text("Litre ").Leaf("span", words.Report).Close();
        html.Sentence("p", words.Verdict(report), $"verdict {Style(report)}".TrimEnd());
        foreach (var warning in words.Warnings(report))
            html.Sentence("p", warning, "warning");
        html.Leaf("h1", report.Title);
        if (report.Subtitle.Length > 0)
            html.Leaf("p", report.Subtitle, "sub");
        if (report.Facts.Count > 0)
        {
            html.Open("dl", "facts");
            foreach (var (name, value) in report.Facts)
                html.Open("div").Leaf("dt", name).Leaf("dd", value).Close();
            html.Close();
        }
        html.Close();
    }

    private static string Style(RunReport report) =>
        report.End is { Failure: not null } or { IsWorseThanBase: true }
            ? "worse"
            : report.Evaluation?.Verdict switch
            {
                Verdict.Better => "better",
                Verdict.Worse => "worse",
                _ => "",
            };

    private static void Notes(HtmlBuilder html, RunReport report, ReportWords words)
    {
        if (report.Messages.Count == 0)
            return;
        html.Open("details", "notes", ("open", "")).Leaf("summary", words.Notes);
        foreach (var message in report.Messages)
            html.Sentence("p", message, "message");
        html.Close();
    }

    private static void Settings(HtmlBuilder html, RunReport report, ReportWords words)
    {
        if (report.Settings.Count == 0)
            return;
        html.Open("details").Leaf("summary", words.Settings).Open("div", "card").Open("table", "settings").Open("tbody");
        foreach (var (name, value) in report.Settings)
            html.Open("tr").Leaf("td", name).Leaf("td", value).Close();
        html.Close().Close().Close().Close();
    }
}
