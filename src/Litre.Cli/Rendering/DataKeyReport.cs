using Litre.Core;
using Litre.Data.Check;
using Litre.Data.Keys;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The part of <c>litre data check</c> about the use of every key, and about warnings.</summary>
internal static class DataKeyReport
{
    private const int KeysShown = 80;
    private const int PlacesShown = 4;

    public static void Write(IAnsiConsole console, DataCheckResult result)
    {
        WriteWarnings(console, result);
        if (result.Keys.Count == 0)
            return;
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn(new TableColumn("key").NoWrap())
            .AddColumn(new TableColumn("in").NoWrap())
            .AddColumn(DataReport.Right("rows"))
            .AddColumn("use");
        foreach (var key in result.Keys.Take(KeysShown))
            table.AddRow(
                Terminal.Escape(key.Key),
                Name(key.Level),
                DataReport.Number(key.Rows),
                string.Join('\n', key.Uses.Select(u => Describe(result, key, u)))
            );
        console.Write(table);
        if (result.Keys.Count > KeysShown)
            console.MarkupLineInterpolated($"and {Units.Count(result.Keys.Count - KeysShown, "more key")}; --json lists all");
    }

    private static void WriteWarnings(IAnsiConsole console, DataCheckResult result)
    {
        foreach (var group in result.Warnings)
        {
            console.MarkupLineInterpolated($"[yellow]warning:[/] {DataReport.Short(result, group.Text)}");
            var places = string.Join(", ", group.Places.Take(PlacesShown).Select(p => DataReport.Place(result, p)));
            var more = group.Count > PlacesShown ? $" and {DataReport.Number(group.Count - PlacesShown)} more" : "";
            console.MarkupLineInterpolated($"  {Units.Count(group.Count, "row")}: {places}{more}");
        }
    }

    private static string Describe(DataCheckResult result, KeySummary key, KeyUseCount use)
    {
        var detail = Terminal.Escape(DataReport.Short(result, use.Detail));
        var what = use.Outcome switch
        {
            KeyOutcome.Used => $"used: {detail}",
            KeyOutcome.Ignored => detail.Length == 0 ? "[yellow]ignored[/]" : $"[yellow]ignored[/]: {detail}",
            KeyOutcome.Refused => $"[red]makes its row unusable[/]: {detail}",
            _ => "[grey]its row cannot be used for another reason[/]",
        };
        return use.Rows == key.Rows && key.Uses.Count == 1 ? what : $"{what} ({DataReport.Number(use.Rows)})";
    }

    private static string Name(KeyLevel level) =>
        level switch
        {
            KeyLevel.Turn => "turn",
            KeyLevel.Part => "part",
            _ => "row",
        };
}
