using System.Globalization;
using Litre.Core;
using Litre.Torch;
using Litre.Verification;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The table that <c>litre verify reference</c> prints.</summary>
internal static class ReferenceTable
{
    public static void Write(IAnsiConsole console, string folder, Device device, DType dtype, IReadOnlyList<ReferenceRow> rows)
    {
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn("quantity")
            .AddColumn(new TableColumn("largest abs").RightAligned())
            .AddColumn(new TableColumn("largest rel").RightAligned())
            .AddColumn("tolerance")
            .AddColumn("");
        foreach (var row in rows)
        {
            table.AddRow(
                Terminal.Escape(row.Quantity),
                Number(row.LargestAbsolute),
                Number(row.LargestRelative),
                Terminal.Escape(row.Bound),
                row.Passed ? "[green]pass[/]" : "[red]FAIL[/]"
            );
        }
        console.Write(table);
        foreach (var row in rows.Where(r => !r.Passed))
            console.MarkupLineInterpolated($"[red]{row.Quantity}[/]: largest difference at {row.Where}");
        var agreed = $"{rows.Count(r => r.Passed)} of {Units.Count(rows.Count, "quantity agrees", "quantities agree")}";
        console.MarkupLineInterpolated($"{folder}, {dtype.Name()} on {device}: {agreed} with the reference");
    }

    private static string Number(double value) => value.ToString("0.0E+00", CultureInfo.InvariantCulture);
}
