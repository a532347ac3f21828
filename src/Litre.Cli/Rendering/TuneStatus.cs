using System.Globalization;
using Litre.Machine.Sensors;
using Litre.Training.Tuning;

namespace Litre.Cli.Rendering;

/// <summary>The state of a run, collected from its events, and its display.</summary>
internal sealed class TuneStatus
{
    private const int PacedSteps = 50;
    private const string Quiet = "grey";

    private readonly LossTrend _trend = new();
    private readonly TuneStart _start;
    private readonly Queue<TimeSpan> _stepTimes = new();
    private StepRecord? _step;
    private ValidationRecord? _validation;
    private TimeSpan _lastStepAt;

    /// <param name="start">The start of the run.</param>
    /// <param name="startedAt">The start time, on the clock of all later times.</param>
    public TuneStatus(TuneStart start, TimeSpan startedAt)
    {
        _start = start;
        StartedAt = startedAt;
        _lastStepAt = startedAt;
        _stepTimes.Enqueue(startedAt);
    }

    public TimeSpan StartedAt { get; }

    public void Add(StepRecord step, TimeSpan now)
    {
        _step = step;
        _lastStepAt = now;
        _trend.Add(step.Loss);
        _stepTimes.Enqueue(now);
        if (_stepTimes.Count > PacedSteps + 1)
            _ = _stepTimes.Dequeue();
    }

    public void Add(ValidationRecord validation)
    {
        _validation = validation;
    }

    /// <summary>The time until the last step, including validations and checkpoints; null before the first step.</summary>
    public TimeSpan? TimeRemaining(TimeSpan now)
    {
        if (_step is null)
            return null;
        // The first step loads and compiles, so it is ignored once there are others.
        var times = _stepTimes.Count > 2 && _stepTimes.Peek() == StartedAt ? _stepTimes.Skip(1).ToList() : [.. _stepTimes];
        var pace = (times[^1] - times[0]) / (times.Count - 1);
        var left = pace * (_step.TotalSteps - _step.Step) - (now - _lastStepAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Returns the lines of the live display, truncated to the width of the terminal.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="unicode">Whether the terminal shows more than ASCII.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<IReadOnlyList<(string Text, string Style)>> Lines(int width, bool unicode, TimeSpan now)
    {
        var done = _step?.Step ?? _start.FirstStep - 1;
        var head = string.Create(CultureInfo.InvariantCulture, $"step {done:N0}/{_start.TotalSteps:N0} ");
        var tail = string.Create(
            CultureInfo.InvariantCulture,
            $" {Share(done, _start.TotalSteps):0.0} %  {(TimeRemaining(now) is { } left ? Duration(left) + " left" : "first step ...")}"
        );
        var room = Math.Clamp(width - head.Length - tail.Length - 1, 0, 60);
        var full = (int)((long)room * done / Math.Max(1, _start.TotalSteps));
        var lines = new List<IReadOnlyList<(string, string)>>
        {
            new[]
            {
                (head, "bold"),
                (new string(unicode ? '━' : '=', full), "green"),
                (new string(unicode ? '━' : '-', room - full), "grey35"),
                (tail, ""),
            },
        };
        if (_step is { } step)
        {
            var figures = string.Create(
                CultureInfo.InvariantCulture,
                $"{Loss(step.Loss)}  "
                    + $"{(_trend.RecentMean is { } mean ? $"mean of last {_trend.RecentCount}: {Loss(mean)}" : "not a number")}  "
            );
            lines.Add([
                Label("loss"),
                (figures, double.IsFinite(step.Loss) ? "" : "red"),
                (unicode ? _trend.Sparkline(Math.Min(32, width - figures.Length - 12)) : "", "blue"),
            ]);
        }
        if (_validation is { } validation)
            lines.Add([Label("held out"), (ValidationText(validation), validation.IsWorseThanBase ? "red" : "")]);
        if (_step is { } last)
        {
            // During a long step or a validation, the time shows that the run is alive.
            var waiting = now - _lastStepAt > TimeSpan.FromSeconds(Math.Max(5, 2 * last.Seconds));
            var more = waiting
                ? $"last step {Duration(now - _lastStepAt)} ago"
                : string.Create(CultureInfo.InvariantCulture, $"learning rate {last.LearningRate:0.0e-00}");
            var epoch = last.Epoch is { } epochs ? string.Create(CultureInfo.InvariantCulture, $"epoch {epochs:0.00}, ") : "";
            lines.Add([
                Label("pace"),
                (
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{last.TokensPerSecond:N0} tokens/s, {Seconds(last.Seconds)}/step, {epoch}{more}"
                    ),
                    ""
                ),
            ]);
            if (last.Machine is { } machine)
                lines.Add([Label("machine"), (MachineText(machine, unicode), "")]);
        }
        return lines;
    }

    /// <summary>Returns a step as one line, for output that is not a terminal.</summary>
    public string Line(StepRecord step, TimeSpan now)
    {
        var machine = step.Machine is { } reading ? ", " + MachineText(reading, unicode: false) : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {step.Step}/{step.TotalSteps}: loss {Loss(step.Loss)}, gradient norm {step.GradientNorm:0.###}, learning "
                + $"rate {step.LearningRate:0.0e-00}, {step.TokensPerSecond:N0} tokens/s, "
                + $"{(TimeRemaining(now) is { } left ? Duration(left) : "?")} left{machine}"
        );
    }

    /// <summary>
    /// Returns a held-out loss compared with the base and the best, for example <c>1.3012 after step 100, best 1.2877 after step
    /// 80</c>.
    /// </summary>
    public static string ValidationText(ValidationRecord validation)
    {
        var baseText = validation.BaseLoss is { } loss ? $" ({Loss(loss)})" : "";
        var best =
            validation is { LowestLoss: { } lowest, LowestStep: var step } && step != validation.Step && !(lowest > validation.BaseLoss)
                ? string.Create(CultureInfo.InvariantCulture, $", best {Loss(lowest)} after step {step:N0}")
                : "";
        var standing =
            validation.Step == 0 ? ", the base model"
            : validation.IsWorseThanBase ? $", worse than the base{baseText}{best}"
            : validation.Best ? $", the best so far{(validation.BaseLoss is { } from ? $" (base {Loss(from)})" : "")}"
            : best;
        return string.Create(CultureInfo.InvariantCulture, $"{Loss(validation.Loss)} after step {validation.Step:N0}{standing}");
    }

    /// <summary>Returns a time in its two largest units, for example <c>1 h 12 min</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        var seconds = (long)Math.Round(time.TotalSeconds);
        return seconds switch
        {
            >= 86400 => $"{seconds / 86400} d {seconds % 86400 / 3600} h",
            >= 3600 => $"{seconds / 3600} h {seconds % 3600 / 60} min",
            >= 60 => $"{seconds / 60} min {seconds % 60} s",
            _ => $"{seconds} s",
        };
    }

    /// <summary>Returns a loss with enough digits to distinguish steps.</summary>
    public static string Loss(double loss) =>
        loss.ToString(Math.Abs(loss) is < 0.01 and > 0 ? "0.00e-0" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>Returns a part of a whole in percent; 0 if the whole is 0.</summary>
    public static double Share(long part, long whole) => whole > 0 ? 100.0 * part / whole : 0;

    private static string MachineText(MachineReading machine, bool unicode)
    {
        var parts = new List<string>();
        if (machine.DeviceTotalBytes is { } total)
            parts.Add(
                machine.DeviceUsedBytes is { } used
                    ? string.Create(CultureInfo.InvariantCulture, $"memory {Gib(used):0.0} of {Gib(total):0.0} GiB")
                    : $"memory {Terminal.GiB(total)}"
            );
        if (machine.GpuBusyPercent is { } busy)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"GPU {busy} %"));
        if (machine.TemperatureC is { } celsius)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{celsius} {(unicode ? "°C" : "C")}"));
        if (machine.PowerWatts is { } watts)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{watts:0} W"));
        parts.Add($"process {Terminal.GiB(machine.ProcessBytes)}");
        return string.Join(", ", parts);
    }

    private static (string Text, string Style) Label(string text) => (text.PadRight(10), Quiet);

    private static string Seconds(double seconds) => seconds.ToString(seconds < 10 ? "0.00' s'" : "0.0' s'", CultureInfo.InvariantCulture);

    private static double Gib(long bytes) => bytes / (double)(1L << 30);
}
