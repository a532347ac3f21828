using System.Globalization;
using Litre.Core;
using Litre.Data.Check;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The output of <c>litre data check</c>.</summary>
internal static class DataReport
{
    private const int BarWidth = 32;
    private const int GroupsShown = 5;
    private const int PlacesShown = 4;

    public static void Write(IAnsiConsole console, DataCheckResult result, int rows)
    {
        WriteFiles(console, result);
        WriteCounts(console, result);
        if (result.Tokens is { } tokens)
            WriteLengths(console, tokens);
        foreach (var notice in result.Notices)
            console.MarkupLineInterpolated($"[yellow]note:[/] {notice}");
        WriteGroups(
            console,
            result,
            "image or question is on two sides, so scores would be too high",
            "images or questions are on two sides, so scores would be too high",
            result.Leaks
        );
        WriteGroups(console, result, "id occurs more than once", "ids occur more than once", result.DuplicateIds);
        WriteGroups(console, result, "row occurs more than once", "rows occur more than once", result.Duplicates);
        WriteGroups(console, result, "question has contradictory answers", "questions have contradictory answers", result.Contradictions);
        WriteTooLong(console, result, rows);
        WriteUnusable(console, result, rows);
        DataKeyReport.Write(console, result);
        console.MarkupLineInterpolated(
            $"{Number(result.Samples)} of {Units.Count(result.Samples + result.Unusable.Count, "row")} can be used"
        );
    }

    private static void WriteFiles(IAnsiConsole console, DataCheckResult result)
    {
        console.MarkupLineInterpolated($"[bold]{result.Path}[/]");
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn("file")
            .AddColumn("format")
            .AddColumn("side")
            .AddColumn(Right("usable"))
            .AddColumn(Right("unusable"));
        foreach (var file in result.Files)
        {
            var unusable = Number(file.Unusable);
            table.AddRow(
                Terminal.Escape(Short(result, file.File)),
                Name(file.Format),
                Terminal.Escape(file.Split ?? "-"),
                Number(file.Usable),
                file.Unusable > 0 ? $"[red]{unusable}[/]" : unusable
            );
        }
        console.Write(table);
    }

    private static void WriteCounts(IAnsiConsole console, DataCheckResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("data").AddColumn(Right(""));
        table.AddRow("usable rows", Number(result.Samples));
        foreach (var (side, count) in result.Splits.Where(s => s.Value > 0))
            table.AddRow($"  {side}", Number(count));
        if (result.ImageReferences > 0)
        {
            table.AddRow("distinct images", Number(result.DistinctImages));
            table.AddRow("image references", Number(result.ImageReferences));
        }
        if (result.Videos > 0)
            table.AddRow("videos", Number(result.Videos));
        if (result.Tokens is { } tokens)
        {
            table.AddRow("tokens", Number(tokens.Total));
            if (tokens.Visual > 0)
            {
                table.AddRow("  text", Number(tokens.Text));
                table.AddRow("  images", Number(tokens.Visual));
            }
            table.AddRow("learned tokens", Number(tokens.Answer));
            table.AddRow("shortest, median, longest", $"{Number(tokens.Shortest)}, {Number(tokens.Median)}, {Number(tokens.Longest)}");
        }
        else
        {
            table.AddRow("tokens", result.Splits.Values.Sum() == 0 ? "0" : "[grey]give --model to count them[/]");
        }
        console.Write(table);
    }

    private static void WriteLengths(IAnsiConsole console, TokenSummary tokens)
    {
        var most = tokens.Histogram.Max(b => b.Samples);
        var table = new Table().Border(TableBorder.Rounded).AddColumn(Right("tokens")).AddColumn(Right("samples")).AddColumn("");
        foreach (var bucket in tokens.Histogram)
        {
            var bar = new string('█', Math.Max(1, (int)Math.Round(BarWidth * (double)bucket.Samples / most)));
            table.AddRow($"{Number(bucket.From)} to {Number(bucket.To)}", Number(bucket.Samples), $"[teal]{bar}[/]");
        }
        console.Write(table);
    }

    private static void WriteGroups(IAnsiConsole console, DataCheckResult result, string one, string many, IReadOnlyList<RowGroup> groups)
    {
        if (groups.Count == 0)
            return;
        console.MarkupLineInterpolated($"[yellow]{Number(groups.Count)}[/] {(groups.Count == 1 ? one : many)}");
        foreach (var group in groups.Take(GroupsShown))
        {
            var places = string.Join(", ", group.Rows.Take(PlacesShown).Select(r => Place(result, r)));
            var more = group.Rows.Count > PlacesShown ? $" and {Number(group.Rows.Count - PlacesShown)} more" : "";
            console.MarkupLineInterpolated($"  {places}{more}");
        }
        if (groups.Count > GroupsShown)
            console.MarkupLineInterpolated($"  and {Number(groups.Count - GroupsShown)} more; --json lists all");
    }

    private static void WriteTooLong(IAnsiConsole console, DataCheckResult result, int rows)
    {
        if (result.TooLong.Count == 0)
            return;
        var subject = result.TooLong.Count == 1 ? "sample is" : "samples are";
        console.MarkupLineInterpolated(
            $"[yellow]{Number(result.TooLong.Count)}[/] {subject} longer than --max-tokens; training omits them, because it never truncates"
        );
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn("row")
            .AddColumn(Right("tokens"))
            .AddColumn(Right("image tokens"))
            .AddColumn(Right("answer tokens over"));
        foreach (var sample in result.TooLong.Take(rows))
            table.AddRow(
                Terminal.Escape(Place(result, sample.Origin)),
                Number(sample.Tokens),
                Number(sample.VisualTokens),
                Number(sample.TruncatedAnswerTokens)
            );
        console.Write(table);
        More(console, result.TooLong.Count, rows);
    }

    private static void WriteUnusable(IAnsiConsole console, DataCheckResult result, int rows)
    {
        if (result.Unusable.Count == 0)
            return;
        console.MarkupLineInterpolated(
            $"[red]{Number(result.Unusable.Count)}[/] {(result.Unusable.Count == 1 ? "row" : "rows")} cannot be used"
        );
        var table = new Table()
            .Border(TableBorder.Rounded)
            .ShowRowSeparators()
            .AddColumn("row")
            .AddColumn("why")
            .AddColumn("how to fix it");
        foreach (var row in result.Unusable.Take(rows))
            table.AddRow(
                Terminal.Escape(Place(result, row.Origin)),
                Terminal.Escape(Short(result, row.Reason)),
                Terminal.Escape(row.Remedy)
            );
        console.Write(table);
        More(console, result.Unusable.Count, rows);
    }

    private static void More(IAnsiConsole console, int count, int shown)
    {
        if (count > shown)
            console.MarkupLineInterpolated($"and {Number(count - shown)} more; --json lists all, --rows N lists N");
    }

    internal static string Place(DataCheckResult result, SampleOrigin origin) => Short(result, origin.File) + origin.Place;

    // The folder is printed above the tables; repeating it would fill the columns.
    internal static string Short(DataCheckResult result, string text) =>
        text.Replace(Path.TrimEndingDirectorySeparator(result.Path) + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    private static string Name(DataFormat format) =>
        format switch
        {
            DataFormat.JsonLines => "JSON Lines",
            DataFormat.Csv => "CSV",
            DataFormat.Tsv => "TSV",
            DataFormat.Parquet => "Parquet",
            DataFormat.Text => "text",
            _ => "JSON",
        };

    internal static TableColumn Right(string title) => new TableColumn(title).RightAligned().NoWrap();

    internal static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
