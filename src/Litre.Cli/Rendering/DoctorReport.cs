using System.Globalization;
using Litre.Machine.Doctor;
using Litre.Torch;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The findings of the doctor as text: one line each with the verdict and the evidence, and below it what to do.</summary>
/// <param name="console">The console to write to.</param>
internal sealed class DoctorReport(IAnsiConsole console)
{
    private const int VerdictWidth = 9;
    private const int NameWidth = 15;
    private const int Indent = 2 + VerdictWidth + NameWidth;
    private const int MinText = 30; // columns below which the terminal wraps the lines

    /// <summary>Writes the findings of one group.</summary>
    /// <param name="findings">At least one.</param>
    /// <param name="title">The heading of the group.</param>
    public void Write(IReadOnlyList<Finding> findings, string title)
    {
        console.MarkupLineInterpolated($"[bold]{title}[/]");
        foreach (var finding in findings)
        {
            var lines = Wrap(OptionText.Render(finding.Evidence));
            console.Markup($"  [{Style(finding.Level)}]{Verdict(finding.Level).PadRight(VerdictWidth)}[/]");
            console.Line($"{finding.Name.PadRight(NameWidth)}{lines[0]}");
            foreach (var line in lines.Skip(1))
                console.Line(new string(' ', Indent) + line);
            if (finding.Advice is null)
                continue;
            foreach (var (line, i) in Wrap("to do: " + OptionText.Render(finding.Advice)).Select((line, i) => (line, i)))
                console.MarkupLineInterpolated($"{new string(' ', Indent)}[{Style(finding.Level)}]{line}[/]");
        }
    }

    /// <summary>Writes a table of all operators.</summary>
    public void WriteOperators(IReadOnlyList<OperatorRow> rows)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumn("operator")
            .AddColumn("type")
            .AddColumn("implementation")
            .AddColumn(new TableColumn("error").RightAligned().NoWrap())
            .AddColumn(new TableColumn("allowed").RightAligned().NoWrap())
            .AddColumn("");
        foreach (var row in rows)
        {
            table.AddRow(
                Terminal.Escape(row.Operator),
                row.DType.Name(),
                Terminal.Escape((row.Path.IsFallback ? "fallback: " : "") + row.Path.Name),
                Terminal.Escape(row.Failure is { } failure ? OptionText.Render(failure) : Number(row.Error)),
                Number(row.Tolerance),
                row.Ok ? "[green]ok[/]" : "[red]WRONG[/]"
            );
        }
        console.Write(table);
    }

    /// <summary>Writes the verdict, the last line.</summary>
    public void WriteVerdict(DiagnosisResult result) =>
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"[{(result.IsReady ? "bold green" : "bold red")}]{result.Verdict}[/] [grey]{result.Seconds:0.0} s[/]"
        );

    // Breaks between words only: a broken path cannot be copied.
    private List<string> Wrap(string text)
    {
        var width = console.Profile.Width - Indent - 1;
        if (width < MinText)
            return [text];
        var lines = new List<string> { "" };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length == 0)
                lines[^1] = word;
            else if (lines[^1].Length + 1 + word.Length <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }
        return lines;
    }

    private static string Verdict(FindingLevel level) => level.ToString().ToLowerInvariant();

    private static string Style(FindingLevel level) =>
        level switch
        {
            FindingLevel.Ok => "green",
            FindingLevel.Note => "yellow",
            _ => "red",
        };

    private static string Number(double value) => value == 0 ? "0" : value.ToString("0.0e+00", CultureInfo.InvariantCulture);
}
