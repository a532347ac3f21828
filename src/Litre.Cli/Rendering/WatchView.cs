using System.Globalization;
using Litre.Training.Governing;
using Litre.Training.Telemetry;

namespace Litre.Cli.Rendering;

/// <summary>The machine and its runs as lines of text, from 80 columns up.</summary>
/// <param name="reading">The machine.</param>
/// <param name="runs">In the order to show.</param>
/// <param name="trainingBytes">Machine memory of the runs' processes; where GPU and processor share one memory, the GPU's part too.</param>
/// <param name="trainingDeviceBytes">Their memory on a GPU with memory of its own.</param>
internal sealed class WatchView(GovernorReading reading, IReadOnlyList<RunGlance> runs, long trainingBytes, long trainingDeviceBytes)
{
    private const int LabelWidth = 11;
    private const int WideColumns = 100;
    private const string Quiet = "grey";

    private static readonly string[] Names = ["training", "page cache", "others", "free"];
    private static readonly string[] Styles = ["green", "blue", "yellow", "grey35"];

    /// <summary>Top to bottom; no line is longer than <paramref name="width"/>.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="unicode">Whether the terminal shows more than ASCII.</param>
    /// <param name="mostRuns">Runs to show; the others are counted.</param>
    public IReadOnlyList<IReadOnlyList<(string Text, string Style)>> Lines(int width, bool unicode, int mostRuns = int.MaxValue)
    {
        var lines = new List<IReadOnlyList<(string, string)>>();
        if (Pool() is { } pool) AddBar(lines, reading.IsUnified ? "one pool" : "memory", Names, Styles, pool, width, unicode);
        else lines.Add([Label("memory"), ("the kernel does not tell", "")]);
        if (reading.Gpu is { TotalBytes: { } total, UsedBytes: { } used })
            AddBar(lines, "GPU memory", ["training", "others", "free"], ["green", "yellow", "grey35"], [Math.Min(trainingDeviceBytes, used), Math.Max(0, used - trainingDeviceBytes), total - used], width, unicode);
        lines.Add([Label("GPU"), (Gpu(unicode), reading.Gpu?.IsThermallyThrottled == true ? "red" : "")]);
        lines.Add([Label("stress"), (Stress(), reading.PressurePercent >= 10 ? "red" : "")]);
        lines.Add([("", "")]);
        AddRuns(lines, width, mostRuns);
        return lines;
    }

    // Training, page cache, others, free: together all memory.
    private long[]? Pool()
    {
        if (reading is not { TotalBytes: { } total, AvailableBytes: { } available }) return null;
        var used = Math.Max(0, total - available);
        var training = Math.Min(trainingBytes, used);
        var cache = Math.Clamp(reading.CacheBytes ?? 0, 0, available);
        return [training, cache, used - training, available - cache];
    }

    private static void AddBar(
        List<IReadOnlyList<(string, string)>> lines, string label, string[] names, string[] styles, long[] parts, int width, bool unicode)
    {
        var total = parts.Sum();
        var tail = $" {Terminal.GiB(total)}";
        var room = Math.Max(10, width - LabelWidth - tail.Length);
        var bar = new List<(string, string)> { Label(label) };
        var (sum, drawn) = (0L, 0);
        for (var i = 0; i < parts.Length; i++)
        {
            sum += parts[i];
            var end = (int)Math.Round((double)room * sum / Math.Max(1, total));
            // Without colours the letters tell the parts apart.
            var mark = i == parts.Length - 1 ? unicode ? '░' : '.' : unicode ? "█▓▒"[i % 3] : char.ToUpperInvariant(names[i][0]);
            bar.Add((new string(mark, end - drawn), styles[i]));
            drawn = end;
        }
        bar.Add((tail, ""));
        lines.Add(bar);
        var legend = new List<(string, string)> { Label("") };
        for (var i = 0; i < parts.Length; i++) legend.Add((Text($"{names[i]} {parts[i] / (double)(1L << 30):0.0}{(i < parts.Length - 1 ? "   " : " GiB")}"), i == parts.Length - 1 ? "" : styles[i]));
        lines.Add(legend);
    }

    private string Gpu(bool unicode)
    {
        if (reading.Gpu is not { } gpu) return "no NVIDIA GPU here";
        var parts = new List<string>();
        if (gpu.BusyPercent is { } busy) parts.Add(Text($"{busy} % busy"));
        if (gpu.TemperatureC is { } celsius) parts.Add(Text($"{celsius} {(unicode ? "°C" : "C")}"));
        if (gpu.PowerWatts is { } watts) parts.Add(Text($"{watts:0} W"));
        if (gpu.ClockMHz is { } clock) parts.Add(Text($"{clock} MHz"));
        if (gpu.IsThermallyThrottled == true) parts.Add("slowed by heat");
        return parts.Count > 0 ? string.Join("   ", parts) : "the driver tells nothing";
    }

    private string Stress()
    {
        var parts = new List<string>();
        if (reading.PressurePercent is { } percent) parts.Add(Text($"tasks waited for memory {percent:0.0} % of the last 10 s"));
        if (reading.SwapUsedBytes is { } swap) parts.Add($"swap {Terminal.GiB(swap)}");
        return parts.Count > 0 ? string.Join("   ", parts) : "the kernel does not tell";
    }

    private void AddRuns(List<IReadOnlyList<(string, string)>> lines, int width, int most)
    {
        if (runs.Count == 0)
        {
            lines.Add([("no runs here; name their folders with --run", Quiet)]);
            return;
        }
        var wide = width >= WideColumns;
        var figures = wide ? 73 : 55;
        var name = Math.Clamp(runs.Max(run => Name(run).Length), 3, width - figures - 1);
        lines.Add([(Row("run", name, "state", "step", "loss", "held out", "left", wide ? "tokens/s" : null, wide ? "governor" : null), Quiet)]);
        foreach (var run in runs.Take(most))
        {
            var row = Row(
                Name(run), name, run.State.ToString().ToLowerInvariant(), run.TotalSteps > 0 ? Text($"{run.Step}/{run.TotalSteps}") : "-",
                run.Loss is { } loss ? TuneStatus.Loss(loss) : "-", run.HeldOutLoss is { } held ? TuneStatus.Loss(held) : "-",
                run.Left is { } left ? TuneStatus.Duration(left) : "-", wide ? run.TokensPerSecond is { } speed ? Text($"{speed:N0}") : "-" : null, wide ? Order(run) : null);
            lines.Add([(row, run.State switch { RunState.Running => "", RunState.Paused => "yellow", _ => Quiet })]);
        }
        if (runs.Count > most) lines.Add([(Text($"and {runs.Count - most} more"), Quiet)]);
    }

    private static string Row(string run, int width, string state, string step, string loss, string held, string left, string? speed, string? order) =>
        $"{(run.Length > width ? run[..width] : run).PadRight(width)} {state,-8} {step,12} {loss,8} {held,8} {left,13}{(speed is null ? "" : $" {speed,9}")}{(order is null ? "" : $"  {order}")}".TrimEnd();

    private static string Order(RunGlance run) => run is { Process: not null, Order: { } order }
        ? order.IsPaused ? "pause" : order.Divisor > 1 ? Text($"split {order.Divisor}") : order.Pace < 1 ? Text($"{100 * order.Pace:0} %") : "-"
        : "-";

    private static string Name(RunGlance run) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Folder)));

    private static (string, string) Label(string text) => (text.PadRight(LabelWidth), Quiet);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
