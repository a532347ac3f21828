using System.Globalization;
using Litre.Core;
using Litre.Privacy.Reports;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The report of a proof on a terminal: the verdict, what kind of proof it is, the commands, and every finding.</summary>
internal static class PrivacyConsole
{
    private const int MostFiles = 20;

    public static void Write(IAnsiConsole console, PrivacyReport report, string page)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("step").AddColumn("result");
        table.AddColumn(new TableColumn("time").RightAligned()).AddColumn(new TableColumn("calls").RightAligned());
        foreach (var step in report.Steps)
            table.AddRow(
                Terminal.Escape(step.Name),
                Terminal.Escape(step.Result),
                string.Create(CultureInfo.InvariantCulture, $"{step.Seconds:0.0} s"),
                string.Create(CultureInfo.InvariantCulture, $"{step.Calls:N0}")
            );
        console.Write(table);
        foreach (var step in report.Steps.Where(step => step.Note is not null))
            console.Line($"{step.Name}: {step.Note}");
        foreach (var sentence in report.Proof.Meaning)
            console.Line(sentence);
        foreach (var limit in report.Proof.Limits)
            console.MarkupLine($"[yellow]{Terminal.Escape(limit)}[/]");
        foreach (var address in report.Outside.Concat(report.NameLookups))
            console.MarkupLine($"[red]{Terminal.Escape($"{Describe(address)} in {string.Join(", ", address.Steps)}")}[/]");
        foreach (
            var group in report.UnixSockets.GroupBy(address =>
                Describe(address with { Address = NamePattern.Of(address.Address), Steps = [] })
            )
        )
            console.Line($"{group.Key} in {string.Join(", ", group.SelectMany(address => address.Steps).Distinct())}");
        Files(console, report);
        var color = report.Verdict switch
        {
            Verdict.Private => "green",
            Verdict.Violated => "red",
            _ => "yellow",
        };
        console.MarkupLine($"[{color}]{Terminal.Escape(report.Summary)}[/]");
        console.Line($"Report: {page}");
    }

    private static void Files(IAnsiConsole console, PrivacyReport report)
    {
        var unexpected = report
            .Files.Where(folder => folder.Scope == "unexpected")
            .SelectMany(folder => folder.Files.Select(file => (Path: Path.Combine(folder.Folder, file.Name), file.Actions)))
            .ToList();
        foreach (var (path, actions) in unexpected.Take(MostFiles))
            console.MarkupLine($"[red]{Terminal.Escape($"{path}: {string.Join(", ", actions)}")}[/]");
        if (unexpected.Count > MostFiles)
            console.Line($"and {Units.Count(unexpected.Count - MostFiles, "more file")}; the report lists all");
        if (report.Proof.Observation == "trace")
            console.Line(
                $"{Units.Count(report.Files.Where(f => f.Scope != "kernel").Sum(f => f.Files.Count), "file")} changed, "
                    + $"{Units.Count(unexpected.Count, "file")} outside of the expected folders; "
                    + Units.Count(report.Loopback.Count, "loopback address", "loopback addresses")
            );
    }

    private static string Describe(AddressFacts address) =>
        $"{address.Address}: {address.Action}{(address.Refused ? ", refused" : "")}, by {string.Join(", ", address.Programs)}";
}
