using System.Globalization;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Machine.Governing;

/// <summary>
/// Watches the machine during one training: reads sensors, decides, sends orders, and ends the trainer if necessary. Everything that it
/// does is appended to <c>governor.jsonl</c> in the run's folder. Not thread-safe.
/// </summary>
public sealed class Governor : IDisposable
{
    public const string LogName = "governor.jsonl";

    private readonly GovernorChannel _channel;
    private readonly GovernorPolicy _policy;
    private readonly GovernorSettings _settings;
    private readonly MachineSources _sources;
    private readonly ITrainerProcess _trainer;
    private readonly TimeProvider _clock;
    private readonly Action<string>? _report;
    private readonly RunFile _log;

    /// <param name="runFolder">The run's folder.</param>
    /// <param name="trainer">The process to govern.</param>
    /// <param name="sources">The sensors, which the caller disposes.</param>
    /// <param name="settings">Floors and limits.</param>
    /// <param name="clock">Null for the system clock.</param>
    /// <param name="log">Called with one line for each action.</param>
    /// <exception cref="InputException">The floors do not fit the machine, or the log cannot be written.</exception>
    public Governor(
        string runFolder,
        ITrainerProcess trainer,
        MachineSources sources,
        GovernorSettings settings,
        TimeProvider? clock = null,
        Action<string>? log = null
    )
    {
        _channel = new GovernorChannel(runFolder);
        // An earlier order or answer belongs to the same trainer: the trainer clears them when it starts.
        _policy = new GovernorPolicy(
            settings,
            Math.Max(_channel.ReadOrder()?.Sequence ?? 0, _channel.ReadStatus()?.Sequence ?? 0),
            _channel.ReadOrder()
        );
        (_settings, _sources, _trainer, _clock, _report) = (settings, sources, trainer, clock ?? TimeProvider.System, log);
        _ = settings.Floors(sources.Read().TotalBytes);
        _log = new RunFile(Path.Combine(runFolder, LogName));
    }

    /// <summary>Governs until the trainer has exited or has finished, or <paramref name="stop"/> is signaled.</summary>
    /// <param name="interval">The time between readings: a second, less in tests.</param>
    /// <param name="stop">Ends the governor; the trainer stays in its current state.</param>
    public void Run(TimeSpan interval, CancellationToken stop)
    {
        var reading = _sources.Read();
        LogEvent("start", Limits(reading), reading);
        while (!stop.IsCancellationRequested && Tick())
            stop.WaitHandle.WaitOne(interval);
        LogEvent("end", _trainer.IsAlive ? "the training is over" : "the trainer has exited", _sources.Read());
    }

    /// <summary>Takes one reading and acts on it; false if there is nothing left to govern.</summary>
    public bool Tick()
    {
        if (!_trainer.IsAlive)
            return false;
        _channel.WriteHeartbeat();
        var answer = _channel.ReadStatus();
        if (answer?.State == TrainerActivity.Finished)
            return false;
        var reading = _sources.Read();
        if (_policy.Next(reading, answer, _clock.GetElapsedTime(0)) is not { } order)
        {
            // An order that could not be written, or was lost with its folder.
            if (_policy.State.Reason.Length > 0 && !File.Exists(_channel.OrderPath))
                _channel.Write(_policy.State);
            return true;
        }
        // Signals before files: a blocked disk must not keep the trainer alive.
        if (order.Kind == OrderKind.Stop)
            _trainer.Terminate();
        if (order.Kind == OrderKind.Kill)
            _trainer.Kill();
        _channel.Write(order);
        LogEvent(JsonNamingPolicy.SnakeCaseLower.ConvertName(order.Kind.ToString()), order.Reason, reading, order);
        return true;
    }

    public void Dispose() => _log.Dispose();

    private string Limits(GovernorReading reading)
    {
        var floors = _settings.Floors(reading.TotalBytes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"floors at {GiB(floors.First):0.00}, {GiB(floors.Second):0.00} and {GiB(floors.Last):0.00} GiB of "
                + $"{(reading.TotalBytes is { } total ? $"{GiB(total):0.0}" : "unknown")} GiB, temperature limit "
                + $"{_settings.TemperatureC:0} C"
        );
    }

    private void LogEvent(string action, string reason, GovernorReading reading, GovernorOrder? order = null)
    {
        _report?.Invoke($"{action}: {reason}");
        var line = JsonSerializer.Serialize(
            new
            {
                Time = _clock.GetUtcNow().UtcDateTime,
                Action = action,
                Reason = reason,
                order?.Sequence,
                order?.Divisor,
                order?.Pace,
                Reading = reading,
            },
            GovernorChannel.Json
        );
        try
        {
            _log.Append(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (InputException)
        {
            // A full disk is not a reason to stop watching.
        }
    }

    private static double GiB(long bytes) => bytes / (double)(1L << 30);
}
