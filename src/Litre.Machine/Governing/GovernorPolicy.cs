using System.Globalization;

namespace Litre.Machine.Governing;

/// <summary>
/// Decides on orders from readings and answers alone. Memory: normal, shrunk (once, then further), paused,
/// and back; separately the pace, which heat lowers. Restrictions take effect at once and are lifted only after a calm period, to
/// avoid oscillation. Not thread-safe.
/// </summary>
public sealed class GovernorPolicy
{
    private const int MaxDivisor = 8;
    private const double PaceStep = 0.7;
    private const double MinPace = 0.2;
    private const int HysteresisC = 5;
    private const int LastFloorReadings = 2;
    private const long SwapGrowthBytes = 1L << 30; // in about a minute
    private const double SwapMemory = 60;
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MaxCalm = TimeSpan.FromHours(1);

    private readonly GovernorSettings _settings;
    private GovernorOrder _state;
    private TimeSpan _orderedAt;
    private TimeSpan _lastStatusAt;
    private TimeSpan? _healthySince;
    private TimeSpan? _coolSince;
    private TimeSpan _pacedAt = TimeSpan.MinValue;
    private TimeSpan? _stopAt;
    private TimeSpan _calm;
    private TrainerStatus? _status;
    private double? _swapBase;
    private int _readingsBelowLastFloor;
    private int _shrinks;
    private int _pauses;
    private bool _killed;

    /// <param name="settings">Floors and limits.</param>
    /// <param name="lastSequence">The last order's number of an earlier governor of the same trainer; 0 for none.</param>
    /// <param name="before">The order in force that it left; null for none. The trainer is still in that state.</param>
    public GovernorPolicy(GovernorSettings settings, long lastSequence = 0, GovernorOrder? before = null)
    {
        _settings = settings;
        _calm = TimeSpan.FromSeconds(settings.CalmSeconds);
        _state = new GovernorOrder(lastSequence, OrderKind.Normal, 1, false, 1, "", new GovernorReading(null, null));
        if (before is not { Kind: not (OrderKind.Stop or OrderKind.Kill) })
            return;
        _state = before with { Sequence = lastSequence };
        (_shrinks, _pauses) = (before.Divisor > 1 ? 1 : 0, before.IsPaused ? 1 : 0);
        if (before.Pace < 1)
            _pacedAt = TimeSpan.Zero;
    }

    /// <summary>The state that the last order requested.</summary>
    public GovernorOrder State => _state;

    /// <summary>The order that follows from a reading, or null if nothing changes.</summary>
    /// <param name="reading">The current reading of the machine.</param>
    /// <param name="answer">The trainer's last status, or null before the first one.</param>
    /// <param name="now">The time by a monotonic clock; about a second passes between calls.</param>
    public GovernorOrder? Next(GovernorReading reading, TrainerStatus? answer, TimeSpan now)
    {
        if (answer != _status)
            _lastStatusAt = now;
        _status = answer;
        if (_killed)
            return null;
        var floors = _settings.Floors(reading.TotalBytes);
        var available = reading.AvailableBytes ?? long.MaxValue;
        _readingsBelowLastFloor = available < floors.Last ? _readingsBelowLastFloor + 1 : 0;
        if (_stopAt is { } asked)
            return now - asked < TimeSpan.FromSeconds(_settings.EndSeconds) ? null : CreateKillOrder(reading, now);
        if (_readingsBelowLastFloor >= LastFloorReadings)
            return CreateStopOrder($"{Below(available, floors.Last)}, the last floor", reading, now);

        var first = FirstFloor(reading, floors, available);
        if (
            UnacknowledgedFor(now) is { } waited
            && (first is not null || _state.IsPaused && available < RecoveryThreshold(floors.Second, reading))
        )
            return CreateStopOrder($"order {_state.Sequence} was not answered for {waited.TotalSeconds:0} s", reading, now);
        return DecideMemory(reading, floors, available, first, now) ?? DecidePace(reading, now);
    }

    private GovernorOrder? DecideMemory(GovernorReading reading, GovernorFloors floors, long available, string? first, TimeSpan now)
    {
        var wellAbove = _state.IsPaused ? floors.Second : floors.First;
        var isWell = available >= RecoveryThreshold(wellAbove, reading) && (_state.IsPaused || first is null);
        _healthySince = isWell ? _healthySince ?? now : null;
        if (!_state.IsPaused && available < floors.Second)
        {
            ExtendCalm(ref _pauses);
            return CreateOrder(
                OrderKind.Pause,
                _state with
                {
                    IsPaused = true,
                    Divisor = Math.Max(2, _state.Divisor),
                },
                Below(available, floors.Second),
                reading,
                now
            );
        }
        if (!_state.IsPaused && first is not null && _state.Divisor < MaxDivisor && (_state.Divisor == 1 || IsSettled(now)))
        {
            if (_state.Divisor == 1)
                ExtendCalm(ref _shrinks);
            return CreateOrder(OrderKind.Shrink, _state with { Divisor = _state.Divisor * 2 }, first, reading, now);
        }
        if (_healthySince is not { } since || now - since < _calm)
            return null;
        if (_state.IsPaused)
            return CreateOrder(
                OrderKind.Resume,
                _state with
                {
                    IsPaused = false,
                },
                $"{GiB(available)} GiB are available again",
                reading,
                now
            );
        return _state.Divisor > 1
            ? CreateOrder(
                OrderKind.Normal,
                _state with
                {
                    Divisor = 1,
                },
                $"{GiB(available)} GiB have been available for {_calm.TotalSeconds:0} s",
                reading,
                now
            )
            : null;
    }

    private GovernorOrder? DecidePace(GovernorReading reading, TimeSpan now)
    {
        var celsius = reading.Gpu?.TemperatureC;
        var throttled = reading.Gpu?.IsThermallyThrottled == true;
        var hot = throttled || _settings.TemperatureC > 0 && celsius >= _settings.TemperatureC;
        var cool = !throttled && (celsius is null || _settings.TemperatureC <= 0 || celsius <= _settings.TemperatureC - HysteresisC);
        _coolSince = cool ? _coolSince ?? now : null;
        var why = throttled
            ? "the GPU lowers its clocks because of heat"
            : $"the GPU is at {celsius} C, the limit is {_settings.TemperatureC:0} C";
        if (hot && _state.Pace > MinPace && (_pacedAt == TimeSpan.MinValue || now - _pacedAt >= SettleTime))
            return CreatePaceOrder(Math.Max(MinPace, _state.Pace * PaceStep), why, reading, now);
        // The pace is raised one step at a time, each after a calm period.
        if (
            _state.Pace < 1
            && _coolSince is { } since
            && now - since >= TimeSpan.FromSeconds(_settings.CalmSeconds)
            && now - _pacedAt >= TimeSpan.FromSeconds(_settings.CalmSeconds)
        )
            return CreatePaceOrder(
                Math.Min(1, _state.Pace / PaceStep is var faster && faster > 0.99 ? 1 : faster),
                celsius is null ? "the GPU is cool again" : $"the GPU is at {celsius} C",
                reading,
                now
            );
        return null;
    }

    // Why the first floor counts as reached, or null if it does not.
    private string? FirstFloor(GovernorReading reading, GovernorFloors floors, long available)
    {
        var swapped = SwapGrowth(reading.SwapUsedBytes);
        if (available < floors.First)
            return Below(available, floors.First);
        if (_settings.PressurePercent > 0 && reading.PressurePercent >= _settings.PressurePercent)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"tasks wait for memory {reading.PressurePercent:0} % of the time, the limit is {_settings.PressurePercent:0} %"
            );
        if (swapped > SwapGrowthBytes)
            return $"swap grew by {GiB(swapped)} GiB";
        if (
            _settings.DeviceFloorGiB > 0
            && reading.Gpu is { TotalBytes: { } total, UsedBytes: { } used }
            && total - used < _settings.DeviceFloorGiB * (1L << 30)
        )
            return $"{GiB(total - used)} GiB of device memory are free, the floor is "
                + $"{_settings.DeviceFloorGiB.ToString("0.##", CultureInfo.InvariantCulture)} GiB";
        return null;
    }

    // Memory swapped out long ago does not count: the base follows within about a minute.
    private long SwapGrowth(long? used)
    {
        if (used is not { } bytes)
            return 0;
        _swapBase = _swapBase is not { } before || bytes <= before ? bytes : before + (bytes - before) / SwapMemory;
        return bytes - (long)_swapBase.Value;
    }

    // If memory is short again after a restriction was lifted, the next lift takes longer each time.
    private void ExtendCalm(ref int times)
    {
        if (times++ > 0)
            _calm = 2 * _calm < MaxCalm ? 2 * _calm : MaxCalm;
    }

    private TimeSpan? UnacknowledgedFor(TimeSpan now)
    {
        if (_state.Sequence == 0 || (_status?.Sequence ?? 0) >= _state.Sequence && !IsSilentPause)
            return null;
        // A trainer that still sends heartbeats is in a long step, and the last floor applies to it too.
        var since = _orderedAt > _lastStatusAt ? _orderedAt : _lastStatusAt;
        return now - since >= TimeSpan.FromSeconds(_settings.AnswerSeconds) ? now - since : null;
    }

    // A paused trainer reports every second that it waits; one that stops reporting hangs.
    private bool IsSilentPause => _state.IsPaused && _status?.State == TrainerActivity.Paused;

    private bool IsSettled(TimeSpan now) => (_status?.Sequence ?? 0) >= _state.Sequence && now - _orderedAt >= SettleTime;

    private GovernorOrder CreatePaceOrder(double pace, string reason, GovernorReading reading, TimeSpan now)
    {
        _pacedAt = now;
        return CreateOrder(OrderKind.Slow, _state with { Pace = pace }, reason, reading, now);
    }

    private GovernorOrder CreateStopOrder(string reason, GovernorReading reading, TimeSpan now)
    {
        _stopAt = now;
        return CreateOrder(OrderKind.Stop, _state, reason, reading, now);
    }

    private GovernorOrder CreateKillOrder(GovernorReading reading, TimeSpan now)
    {
        _killed = true;
        return CreateOrder(OrderKind.Kill, _state, $"it did not end within {_settings.EndSeconds:0} s", reading, now);
    }

    private GovernorOrder CreateOrder(OrderKind kind, GovernorOrder state, string reason, GovernorReading reading, TimeSpan now)
    {
        (_orderedAt, _healthySince) = (now, null);
        return _state = state with { Sequence = _state.Sequence + 1, Kind = kind, Reason = reason, Reading = reading };
    }

    // Lifting a restriction must not lead below the floor again at once, but the required memory must exist.
    private static long RecoveryThreshold(long floor, GovernorReading reading) =>
        floor + Math.Min(floor / 4, (reading.TotalBytes ?? long.MaxValue) / 20);

    private static string Below(long available, long floor) => $"{GiB(available)} GiB are available, the floor is {GiB(floor)} GiB";

    private static string GiB(long bytes) => (bytes / (double)(1L << 30)).ToString("0.00", CultureInfo.InvariantCulture);
}
