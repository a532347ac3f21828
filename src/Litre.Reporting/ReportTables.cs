using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;

namespace Litre.Reporting;

/// <summary>
/// A report's tables: all samples, then by source and by question type, then other comparisons; all except the first are folded.
/// </summary>
internal static class ReportTables
{
    public static void Write(HtmlBuilder html, RunReport report, ReportWords words)
    {
        if (report.Evaluation is { } result)
            Evaluation(html, result, words);
        foreach (var table in report.Tables)
            Further(html, table);
    }

    private static void Evaluation(HtmlBuilder html, EvaluationResult result, ReportWords words)
    {
        html.Open("section").Leaf("h2", words.Results);
        if (words.Headline(result) is { Length: > 0 } headline)
            html.Leaf("p", headline, "note");
        foreach (var kind in result.VisibleRows().GroupBy(r => r.Group))
        {
            var groups = kind.GroupBy(r => r.Name).ToList();
            if (kind.Key != GroupKind.All)
                html.Open("details").Leaf("summary", $"{words.ByKind(kind.Key)} ({groups.Count.ToString(CultureInfo.InvariantCulture)})");
            foreach (var group in groups)
                Table(html, kind.Key == GroupKind.All ? words.AllSamples : group.Key, [.. group], result.Compared, words);
            if (kind.Key != GroupKind.All)
                html.Close();
        }
        html.Leaf("p", result.Compared ? $"{words.TableNote} {words.TestNote}" : words.TableNote, "note").Close();
    }

    private static void Table(HtmlBuilder html, string caption, IReadOnlyList<MetricComparison> rows, bool compared, ReportWords words)
    {
        html.Open("div", "card").Open("table", "stack").Leaf("caption", caption).Open("thead").Open("tr").Leaf("th", words.Metric);
        foreach (var name in Columns(compared, words))
            html.Leaf("th", name, "num");
        if (compared)
            html.Leaf("th", "");
        html.Close().Close().Open("tbody");
        foreach (var row in rows)
            Row(html, row, words);
        html.Close().Close().Close();
    }

    private static string[] Columns(bool compared, ReportWords words) =>
        compared ? [words.Samples, words.Base, words.Tuned, words.Difference, "p"] : [words.Samples, words.Base];

    private static void Row(HtmlBuilder html, MetricComparison row, ReportWords words)
    {
        html.Open("tr").Open("td", "metric").Text(words.Name(row.Metric));
        if (!row.Metric.HigherIsBetter())
            html.Leaf("span", " ↓", null, ("title", words.LowerIsBetter));
        html.Close();
        Number(html, words.Samples, row.Samples.ToString("N0", CultureInfo.InvariantCulture), "–");
        Number(html, words.Base, words.Mean(row.Metric, row.Base.Mean), words.Ends(row.Metric, row.Base));
        if (row is { Tuned: { } tuned, Difference: { } difference, Verdict: { } verdict })
        {
            Number(html, words.Tuned, words.Mean(row.Metric, tuned.Mean), words.Ends(row.Metric, tuned));
            Number(
                html,
                words.Difference,
                EvaluationText.Difference(row.Metric, difference.Mean),
                words.Ends(row.Metric, difference, signed: true)
            );
            Number(html, "p", EvaluationText.PValue(row.PValue!.Value), "–");
            html.Open("td")
                .Leaf(
                    "span",
                    words.Word(verdict),
                    $"tag {verdict switch { Verdict.Better => "better", Verdict.Worse => "worse", _ => "" }}".TrimEnd()
                )
                .Close();
        }
        html.Close();
    }

    // The column's name is included for narrow screens, on which each cell is a line.
    private static void Number(HtmlBuilder html, string column, string mean, string ends)
    {
        html.Open("td", "num", ("data-label", column)).Text(mean);
        if (ends != "–")
            html.Leaf("small", ends);
        html.Close();
    }

    private static void Further(HtmlBuilder html, ReportTable table)
    {
        html.Open("details").Leaf("summary", table.Title).Open("div", "card").Open("table", "stack").Open("thead").Open("tr");
        foreach (var column in table.Columns)
            html.Leaf("th", column);
        html.Close().Close().Open("tbody");
        foreach (var row in table.Rows)
        {
            html.Open("tr");
            for (var i = 0; i < row.Count; i++)
                html.Leaf("td", row[i], i == 0 ? "metric" : null, ("data-label", i < table.Columns.Count ? table.Columns[i] : " "));
            html.Close();
        }
        html.Close().Close().Close();
        if (table.Note.Length > 0)
            html.Leaf("p", table.Note, "note");
        html.Close();
    }
}

/// <summary>An additional table of a report, folded until it is opened.</summary>
/// <param name="Title">What it compares.</param>
/// <param name="Columns">The column names; the first column contains the rows' names.</param>
/// <param name="Rows">One cell per column, as text.</param>
/// <param name="Note">One sentence below it, or empty.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "");
