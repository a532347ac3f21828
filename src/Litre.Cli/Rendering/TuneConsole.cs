using System.Globalization;
using Litre.Core;
using Litre.Training.Tuning;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>
/// Shows a run: what is trained, then a live display on a terminal, or a line from time to time without one, and at the end the
/// results and the command to resume. Thread-safe.
/// </summary>
internal sealed class TuneConsole : ITuneObserver, IDisposable
{
    private const int FirstSteps = 10; // printed one by one without a terminal, to show at once that the model learns
    private const int FigureColumns = 48; // width of the three figure columns of the module table, with separators
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _clock;
    private readonly LiveBlock? _block;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private TuneStart? _start;
    private TuneStatus? _status;
    private TimeSpan _shownAt;
    private int _plainSteps;

    /// <summary>Writes to standard output; live if it is a terminal.</summary>
    public TuneConsole()
        : this(Terminal.Output, Terminal.Output.Profile.Capabilities.Ansi && !Console.IsOutputRedirected, TimeProvider.System) { }

    /// <param name="console">The console to write to.</param>
    /// <param name="live">Whether lines can be redrawn.</param>
    /// <param name="clock">The source of all times.</param>
    internal TuneConsole(IAnsiConsole console, bool live, TimeProvider clock)
    {
        _console = console;
        _clock = clock;
        _block = live ? new LiveBlock(console) : null;
    }

    /// <summary>The command that resumes the run, shown after an interruption; null for the default.</summary>
    public string? ResumeCommand { get; init; }

    private TimeSpan Now => _clock.GetElapsedTime(0);

    public void OnStart(TuneStart start)
    {
        lock (_gate)
        {
            _start = start;
            _status = new TuneStatus(start, Now);
            _plainSteps = 0;
            WriteModules(start);
            var held = start.ValidationSamples > 0 ? $"{Count(start.ValidationSamples)} held out" : "none held out";
            var samples = start.Samples is { } count ? $"{Units.Count(count, "training sample")}, " : "";
            if (start.FirstStep > start.TotalSteps)
                Line($"All {Units.Count(start.TotalSteps, "step is", "steps are")} complete; {held}.");
            else
                Line(
                    $"{(start.FirstStep > 1 ? "Resumes" : "Starts")} at step {Count(start.FirstStep)} of "
                        + $"{Count(start.TotalSteps)}: {samples}{held}."
                );
            if (start.Features is { } features)
                Line(DescribeFeatureStorage(features));
            Line($"Run folder: {start.RunFolder}");
            Line("");
            Show();
            if (_block is not null)
                _timer = _clock.CreateTimer(_ => Refresh(), null, Tick, Tick);
        }
    }

    public void OnStep(StepRecord step)
    {
        lock (_gate)
        {
            if (_status is null)
                return;
            _status.Add(step, Now);
            var isLast = step.Step >= step.TotalSteps;
            if (_block is not null)
            {
                if (isLast || Now - _shownAt >= LiveInterval)
                    Show();
            }
            else if (isLast || ++_plainSteps <= FirstSteps || Now - _shownAt >= PlainInterval)
            {
                Line(_status.Line(step, Now));
                _shownAt = Now;
            }
        }
    }

    public void OnValidation(ValidationRecord validation)
    {
        lock (_gate)
        {
            if (_status is null)
                return;
            _status.Add(validation);
            if (_block is null)
                Line($"held-out loss {TuneStatus.ValidationText(validation)}");
            Show();
        }
    }

    public void OnCheckpoint(string folder, int step) => OnMessage($"checkpoint after step {Count(step)}: {folder}");

    public void OnMessage(string text)
    {
        lock (_gate)
        {
            _block?.Erase();
            Line(OptionText.Render(text));
            Show();
        }
    }

    public void OnEnd(TuneEnd end)
    {
        lock (_gate)
        {
            StopTimer();
            Show();
            _block?.Release();
            var time = _status is null ? "" : $", {TuneStatus.Duration(Now - _status.StartedAt)}";
            Line("");
            Line(
                end.Reason switch
                {
                    TuneEndReason.Finished => $"Finished after step {Count(end.LastStep)}{time}.",
                    TuneEndReason.Diverged => $"Ended after step {Count(end.LastStep)}{time}: the run has diverged.",
                    TuneEndReason.EarlyStop => $"Stopped after step {Count(end.LastStep)}{time}: the held-out loss no longer decreases.",
                    _ => $"Interrupted after step {Count(end.LastStep)}{time}; nothing is lost.",
                }
            );
            if (end.IsWorseThanBase)
                Line(
                    "No step was as good as the base model: the lowest held-out loss is "
                        + $"{TuneStatus.Loss(end.BestLoss!.Value)} after step {Count(end.BestStep)}, worse than the "
                        + $"base's {TuneStatus.Loss(end.BaseLoss!.Value)}."
                );
            if (end.BestCheckpoint is { } best)
                Line($"  {(end.IsWorseThanBase ? "lowest loss    " : "best checkpoint")}  {best}{HeldOut(end)}");
            if (end.LastCheckpoint is { } last)
                Line($"  last checkpoint  {last}");
            else if (end.Reason == TuneEndReason.Diverged)
                Line("  no checkpoint was written before the divergence");
            if (end.Reason != TuneEndReason.Interrupted)
                return;
            Line("Resume with:");
            Line($"  {ResumeCommand ?? $"litre tune --output {_start?.RunFolder} --resume"}");
        }
    }

    /// <summary>Stops drawing; the lines stay on the screen, with the cursor below them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            StopTimer();
            _block?.Release();
            _status = null;
        }
    }

    private void Refresh()
    {
        lock (_gate)
        {
            if (_timer is not null)
                Show();
        }
    }

    private void Show()
    {
        if (_block is null || _status is null)
            return;
        _block.Draw(_status.Lines(_block.Width, _console.Profile.Capabilities.Unicode, Now));
        _shownAt = Now;
    }

    private void StopTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }

    // Without the console's wrapping: a broken path cannot be copied.
    private void Line(string text) => _console.Line(text.ReplaceLineEndings(" "));

    private static string HeldOut(TuneEnd end)
    {
        if (end.BestLoss is not { } loss)
            return "";
        var comparison =
            end.BaseLoss is not { } baseLoss ? ""
            : end.IsWorseThanBase ? ": worse than the base"
            : $", the base's {TuneStatus.Loss(baseLoss)}";
        return $"  (held-out loss {TuneStatus.Loss(loss)}{comparison})";
    }

    private static string DescribeFeatureStorage(FeatureStorage places)
    {
        var memory = places.MemoryBytes > 0 ? $"in memory (at most {Terminal.GiB(places.MemoryBytes)})" : null;
        var disk = places.Folder is { } folder ? $"in {folder} (at most {Terminal.GiB(places.DiskBytes)})" : null;
        return memory is null && disk is null
            ? "Image features are not cached: the vision tower runs for every image in every pass."
            : $"Image features are cached {string.Join(" and ", new[] { memory, disk }.OfType<string>())}.";
    }

    private void WriteModules(TuneStart start)
    {
        var trained = start.Trainable.Sum(kind => kind.Parameters);
        // Names and shapes side by side need about 115 columns; on a narrow terminal they are one below the other.
        var widest = start.Trainable.Select(kind => kind.Kind.Length + kind.Shape.Length).DefaultIfEmpty().Max();
        var wide = widest + FigureColumns <= _console.Profile.Width;
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("trained").NoWrap());
        if (wide)
            table.AddColumn(new TableColumn("shape").NoWrap());
        foreach (var name in (string[])["modules", "parameters", "share"])
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
        foreach (var kind in start.Trainable)
        {
            string[] what = wide ? [kind.Kind, kind.Shape] : [$"{Short(kind.Kind)}\n  {kind.Shape}"];
            table.AddRow([.. what.Select(Terminal.Escape), Count(kind.Modules), Count(kind.Parameters), Percent(kind.Parameters, trained)]);
        }
        _console.Write(table);
        Line($"Trains {Count(trained)} of {Count(start.TotalParameters)} parameters ({Percent(trained, start.TotalParameters)}).");
    }

    // language_model.layers.*.mlp.gate_proj without the part that all lines have in common.
    private string Short(string kind)
    {
        var star = kind.IndexOf(".*.", StringComparison.Ordinal);
        var dot = star > 0 ? kind.IndexOf('.', StringComparison.Ordinal) : -1;
        return star > 0 ? kind[..Math.Min(dot, star)] + (_console.Profile.Capabilities.Unicode ? "…" : "..") + kind[(star + 3)..] : kind;
    }

    private static string Percent(long part, long whole) =>
        TuneStatus.Share(part, whole) is var share && share is > 0 and < 0.05
            ? string.Create(CultureInfo.InvariantCulture, $"{share:0.000} %")
            : string.Create(CultureInfo.InvariantCulture, $"{share:0.0} %");

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
