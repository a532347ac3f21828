using System.Globalization;
using Litre.Training.Evaluation;
using Litre.Training.Evaluation.Metrics;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The table that an evaluation ends with.</summary>
internal static class EvaluationTable
{
    public static void Write(IAnsiConsole console, EvaluationResult result)
    {
        foreach (var group in result.Rows.GroupBy(r => (r.Group, r.Name)))
        {
            var rows = group.ToList();
            var table = new Table().Border(TableBorder.Rounded)
                .Title(Markup.Escape(EvaluationText.Group(rows[0])))
                .AddColumn("metric")
                .AddColumn(new TableColumn("samples").RightAligned())
                .AddColumn(new TableColumn("base").RightAligned());
            if (result.Compared)
            {
                foreach (var name in (string[])["tuned", "difference", "p"]) table.AddColumn(new TableColumn(name).RightAligned());
                table.AddColumn("");
            }
            foreach (var row in rows) table.AddRow([.. Cells(row)]);
            console.Write(table);
        }
        console.MarkupLine("[grey]In brackets the 95 % interval by resampling; ↓ lower is better; p of the paired sign-flip test.[/]");
        var sentence = Markup.Escape(EvaluationText.Sentence(result));
        console.MarkupLine(result.Verdict switch
        {
            Verdict.Better => $"[green]{sentence}[/]",
            Verdict.Worse => $"[red]{sentence}[/]",
            _ => sentence,
        });
    }

    private static IEnumerable<string> Cells(MetricComparison row)
    {
        yield return Markup.Escape(row.Metric.Label()) + (row.Metric.HigherIsBetter() ? "" : " [grey]↓[/]");
        yield return row.Samples.ToString("N0", CultureInfo.InvariantCulture);
        yield return With(EvaluationText.Mean(row.Metric, row.Base.Mean), EvaluationText.Ends(row.Metric, row.Base));
        if (row.Tuned is null) yield break;
        yield return With(EvaluationText.Mean(row.Metric, row.Tuned.Mean), EvaluationText.Ends(row.Metric, row.Tuned));
        yield return With(EvaluationText.Difference(row.Metric, row.Difference!.Mean), EvaluationText.Ends(row.Metric, row.Difference, signed: true));
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
