using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>
/// The result of an evaluation: every metric over all samples, and the decisive metric for each source and question type. The
/// other metrics of these groups are in the files only.
/// </summary>
internal static class EvaluationTable
{
    public static void Write(IAnsiConsole console, EvaluationResult result)
    {
        foreach (var group in result.VisibleRows().GroupBy(r => r.Group))
        {
            var isAll = group.Key == GroupKind.All;
            var rows = group.Where(r => isAll || r.Metric == result.DecisiveMetric.Metric).ToList();
            if (rows.Count == 0)
                continue;
            var table = new Table()
                .Border(TableBorder.Rounded)
                .Title(
                    Terminal.Escape(
                        isAll
                            ? EvaluationText.Group(rows[0])
                            : $"{result.DecisiveMetric.Metric.Label()} by {EvaluationText.Kind(group.Key)}"
                    )
                )
                .AddColumn(isAll ? "metric" : EvaluationText.Kind(group.Key))
                .AddColumn(new TableColumn("samples").RightAligned())
                .AddColumn(new TableColumn("base").RightAligned());
            if (result.Compared)
            {
                foreach (var name in (string[])["tuned", "difference", "p"])
                    table.AddColumn(new TableColumn(name).RightAligned());
                table.AddColumn("");
            }
            foreach (var row in rows)
                table.AddRow([.. Cells(row, isAll)]);
            console.Write(table);
        }
        console.MarkupLine("[grey]In parentheses: 95 % interval by resampling; ↓: lower is better; p: paired sign-flip test.[/]");
        foreach (var warning in EvaluationText.Warnings(result))
            console.MarkupLine($"[yellow]{Terminal.Escape(OptionText.Render(warning))}[/]");
        if (EvaluationText.Headline(result) is { Length: > 0 } headline)
            console.WriteLine(OptionText.Render(headline));
        var sentence = Terminal.Escape(OptionText.Render(EvaluationText.Sentence(result)));
        console.MarkupLine(
            result.Verdict switch
            {
                Verdict.Better => $"[green]{sentence}[/]",
                Verdict.Worse => $"[red]{sentence}[/]",
                _ => sentence,
            }
        );
    }

    private static IEnumerable<string> Cells(MetricComparison row, bool byMetric)
    {
        yield return Terminal.Escape(byMetric ? row.Metric.Label() : row.Name) + (row.Metric.HigherIsBetter() ? "" : " [grey]↓[/]");
        yield return row.Samples.ToString("N0", CultureInfo.InvariantCulture);
        yield return With(EvaluationText.Mean(row.Metric, row.Base.Mean), EvaluationText.Ends(row.Metric, row.Base));
        if (row.Tuned is null)
            yield break;
        yield return With(EvaluationText.Mean(row.Metric, row.Tuned.Mean), EvaluationText.Ends(row.Metric, row.Tuned));
        yield return With(
            EvaluationText.Difference(row.Metric, row.Difference!.Mean),
            EvaluationText.Ends(row.Metric, row.Difference, signed: true)
        );
        yield return EvaluationText.PValue(row.PValue!.Value);
        yield return row.Verdict switch
        {
            Verdict.Better => "[green]better[/]",
            Verdict.Worse => "[red]worse[/]",
            _ => "not proven",
        };
    }

    private static string With(string mean, string ends) => ends == "–" ? mean : $"{mean} [grey]({ends})[/]";
}
