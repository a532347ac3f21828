namespace Litre.Cli.Tests.Rendering;

/// <summary>A clock that a test moves, with its timers.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<Ticker> _timers = [];
    private TimeSpan _now = TimeSpan.FromHours(1);

    public int Timers => _timers.Count;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Ticker(this, () => callback(state), period);
        _timers.Add(timer);
        return timer;
    }

    public void Advance(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        foreach (var timer in _timers.ToList().Where(timer => timer.Period.TotalSeconds <= seconds))
            timer.Tick();
    }

    private sealed class Ticker(ManualClock clock, Action tick, TimeSpan period) : ITimer
    {
        public TimeSpan Period => period;

        public void Tick() => tick();

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
