using System.Globalization;
using Litre.Core;
using Litre.Machine.Governing;
using Litre.Training.Telemetry;

namespace Litre.Cli.Rendering;

/// <summary>The machine and its runs as lines of text, for a terminal of any size.</summary>
/// <param name="reading">The reading of the machine.</param>
/// <param name="runs">The runs in display order.</param>
/// <param name="trainingBytes">Machine memory of the runs' processes, including their GPU memory if GPU and CPU share memory.</param>
/// <param name="trainingDeviceBytes">Their memory on a GPU with dedicated memory.</param>
internal sealed class WatchView(GovernorReading reading, IReadOnlyList<RunSnapshot> runs, long trainingBytes, long trainingDeviceBytes)
{
    private const int MinName = 10; // columns of a run's name, if more than its state fits

    private static readonly string[] Names = ["training", "page cache", "others", "free"];
    private static readonly string[] Styles = ["green", "blue", "yellow", "grey35"];
    private static readonly string[] GpuNames = ["training", "others", "free"];
    private static readonly string[] GpuStyles = ["green", "yellow", "grey35"];

    /// <summary>Returns the lines from top to bottom; no line is wider than <paramref name="width"/>.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="unicode">Whether the terminal shows more than ASCII.</param>
    /// <param name="height">The maximum number of lines: the least important are omitted, and runs that do not fit are counted.</param>
    /// <param name="hint">The last line; null for none.</param>
    public IReadOnlyList<IReadOnlyList<(string Text, string Style)>> Lines(
        int width,
        bool unicode,
        int height = int.MaxValue,
        string? hint = null
    )
    {
        var lines = new WatchLines(width, unicode);
        if (Pool() is { } pool)
            lines.AddBar(reading.IsUnified ? "unified" : "memory", Names, Styles, pool, Rank.Memory);
        else
            lines.Add("memory", ["not reported by the kernel"], "", Rank.Memory);
        if (reading.Gpu is { TotalBytes: { } total, UsedBytes: { } used })
            lines.AddBar(
                "GPU memory",
                GpuNames,
                GpuStyles,
                [Math.Min(trainingDeviceBytes, used), Math.Max(0, used - trainingDeviceBytes), total - used],
                Rank.GpuMemory
            );
        lines.Add("GPU", Gpu(unicode), reading.Gpu?.IsThermallyThrottled == true ? "red" : "", Rank.Gpu);
        lines.Add("stress", Stress(), reading.PressurePercent >= 10 ? "red" : "", Rank.Stress);
        lines.Add(" ", WatchLines.Quiet, Rank.Ornament);
        if (runs.Count == 0)
            lines.Add("no runs found; give their folders with --run", WatchLines.Quiet, Rank.FirstRun);
        else
            AddRuns(lines, width, unicode, hint is null ? height : height - 1);
        if (hint is not null)
            lines.Add(hint, WatchLines.Quiet, Rank.Ornament);
        return lines.Within(height);
    }

    // Training, page cache, others and free add up to the total memory.
    private long[]? Pool()
    {
        if (reading is not { TotalBytes: { } total, AvailableBytes: { } available })
            return null;
        var used = Math.Max(0, total - available);
        var training = Math.Min(trainingBytes, used);
        var cache = Math.Clamp(reading.CacheBytes ?? 0, 0, available);
        return [training, cache, used - training, available - cache];
    }

    private string[] Gpu(bool unicode)
    {
        if (reading.Gpu is not { } gpu)
            return ["no NVIDIA GPU"];
        var parts = new List<string>();
        if (gpu.BusyPercent is { } busy)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{busy} % busy"));
        if (gpu.TemperatureC is { } celsius)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{celsius} {(unicode ? "°C" : "C")}"));
        if (gpu.PowerWatts is { } watts)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{watts:0} W"));
        if (gpu.ClockMHz is { } clock)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{clock} MHz"));
        if (gpu.IsThermallyThrottled == true)
            parts.Add("throttled by heat");
        return parts.Count > 0 ? [.. parts] : ["not reported by the driver"];
    }

    private string[] Stress()
    {
        var parts = new List<string>();
        if (reading.PressurePercent is { } percent)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"tasks waited for memory {percent:0.0} % of the last 10 s"));
        if (reading.SwapUsedBytes is { } swap)
            parts.Add($"swap {Terminal.GiB(swap)}");
        return parts.Count > 0 ? [.. parts] : ["not reported by the kernel"];
    }

    private void AddRuns(WatchLines lines, int width, bool unicode, int height)
    {
        var columns = Columns(width);
        var name = Math.Clamp(runs.Max(run => CellText.Width(Name(run))), 3, Math.Max(3, width - columns.Sum(c => c.Width + 1)));
        lines.Add(Row("run", columns.Select(c => c.Title)), WatchLines.Quiet, Rank.Header);
        // At least one run and the memory bar are shown.
        var most = Math.Max(1, height - lines.Count);
        if (runs.Count > most)
            most = Math.Max(1, most - 1);
        foreach (var (run, i) in runs.Take(most).Select((run, i) => (run, i)))
        {
            var style = run.State switch
            {
                RunState.Running => "",
                RunState.Paused or RunState.WaitingForDisk => "yellow",
                _ => WatchLines.Quiet,
            };
            lines.Add(Row(Name(run), columns.Select(c => c.Value(run))), style, i == 0 ? Rank.FirstRun : Rank.OtherRun);
        }
        if (runs.Count > most)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {runs.Count - most} more"), WatchLines.Quiet, Rank.OtherRun);

        string Row(string run, IEnumerable<string> values) =>
            (CellText.Fit(run, name, unicode) + string.Concat(columns.Zip(values, (c, value) => " " + c.Aligned(value)))).TrimEnd();
    }

    // As many columns as fit next to a name, in the order of All; on narrow terminals the least important are omitted first.
    private static List<RunColumn> Columns(int width)
    {
        var chosen = new List<RunColumn>();
        var left = width - MinName;
        foreach (var column in RunColumn.All.OrderBy(c => c.Importance))
        {
            if (column.Width + 1 > left)
                break;
            left -= column.Width + 1;
            chosen.Add(column);
        }
        return [.. RunColumn.All.Where(chosen.Contains)];
    }

    private static string Name(RunSnapshot run) =>
        VisibleText.OneLine(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Folder))));

    // In the order of importance: the last is omitted first.
    private static class Rank
    {
        public const int Memory = 0,
            FirstRun = 1,
            Gpu = 2,
            Header = 3,
            GpuMemory = 4,
            OtherRun = 5,
            Stress = 6,
            Ornament = 9;
    }

    /// <param name="Title">The heading.</param>
    /// <param name="Width">Columns of the terminal.</param>
    /// <param name="Importance">0 for the column shown on the narrowest terminal.</param>
    /// <param name="IsLeft">Whether it is aligned to the left.</param>
    /// <param name="Value">Returns the text for a run.</param>
    private sealed record RunColumn(string Title, int Width, int Importance, bool IsLeft, Func<RunSnapshot, string> Value)
    {
        public static readonly RunColumn[] All =
        [
            new("state", 8, 0, true, run => run.State == RunState.WaitingForDisk ? "no space" : run.State.ToString().ToLowerInvariant()),
            new(
                "step",
                12,
                1,
                false,
                run => run.TotalSteps > 0 ? string.Create(CultureInfo.InvariantCulture, $"{run.Step}/{run.TotalSteps}") : "-"
            ),
            new("loss", 8, 3, false, run => run.Loss is { } loss ? TuneStatus.Loss(loss) : "-"),
            new("held out", 8, 4, false, run => run.HeldOutLoss is { } held ? TuneStatus.Loss(held) : "-"),
            new("left", 13, 2, false, run => run.TimeRemaining is { } left ? TuneStatus.Duration(left) : "-"),
            new(
                "tokens/s",
                9,
                5,
                false,
                run => run.TokensPerSecond is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:N0}") : "-"
            ),
            new(" governor", 9, 6, true, run => " " + Order(run)),
        ];

        public string Aligned(string value) => IsLeft ? value.PadRight(Width) : value.PadLeft(Width);

        // The current order is more important than restarts of the governor.
        private static string Order(RunSnapshot run) =>
            run switch
            {
                { Process: null } => "-",
                { IsUngoverned: true } => "gone",
                { Order: { IsPaused: true } } => "pause",
                { Order: { Divisor: > 1 } order } => string.Create(CultureInfo.InvariantCulture, $"split {order.Divisor}"),
                { Order: { Pace: < 1 } order } => string.Create(CultureInfo.InvariantCulture, $"{100 * order.Pace:0} %"),
                { GovernorRestarts: > 0 } => string.Create(CultureInfo.InvariantCulture, $"restart {run.GovernorRestarts}"),
                _ => "-",
            };
    }
}
