using System.ComponentModel;
using System.Globalization;

namespace Litre.Machine.Governing;

/// <summary>
/// Keeps the governor of a run running: one that has ended or sends no heartbeat is reported and restarted, a few times
/// consecutively. Not thread-safe.
/// </summary>
/// <param name="start">Starts a governor.</param>
/// <param name="channel">The channel with the governor's heartbeat.</param>
/// <param name="clock">Null for the system clock.</param>
/// <exception cref="IOException">The first one cannot be started; likewise for the other exceptions of starting a process.</exception>
public sealed class GovernorSupervisor(Func<IGovernorProcess> start, GovernorChannel channel, TimeProvider? clock = null)
{
    private const int MaxStarts = 5;

    // A governor writes each second; one that is silent for this long hangs.
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(30);

    // One that ran this long did not end because of how it was started.
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private IGovernorProcess _process = start();
    private DateTimeOffset _startedAt = (clock ?? TimeProvider.System).GetUtcNow();
    private int _consecutiveStarts;

    /// <summary>How often it was restarted.</summary>
    public int Restarts { get; private set; }

    /// <summary>Whether no further governor is started.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>Checks whether the governor is running, and starts another if it is not.</summary>
    /// <param name="log">Called with one line about what happened.</param>
    public void Check(Action<string> log)
    {
        if (HasGivenUp)
            return;
        var lived = _clock.GetUtcNow() - _startedAt;
        var end = _process.ExitReason;
        if (end is null && !IsSilent(lived))
        {
            if (lived > StableAfter)
                _consecutiveStarts = 0;
            return;
        }
        // The first time at once, then after longer and longer delays: the cause may need time to pass.
        if (_consecutiveStarts > 0 && lived < TimeSpan.FromSeconds(1 << (_consecutiveStarts - 1)))
            return;
        var what = end is not null
            ? $"it ended ({end})"
            : string.Create(CultureInfo.InvariantCulture, $"it has sent no heartbeat for {SilenceTimeout.TotalSeconds:0} s");
        if (end is null)
            _process.Kill();
        if (_consecutiveStarts == MaxStarts)
        {
            GiveUp($"{what} again, after {MaxStarts} consecutive restarts");
            return;
        }
        try
        {
            _process = start();
            (_startedAt, _consecutiveStarts, Restarts) = (_clock.GetUtcNow(), _consecutiveStarts + 1, Restarts + 1);
            log($"governor: {what}; restarted");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            GiveUp($"{what} and cannot be restarted ({e.Message.ReplaceLineEndings(" ")})");
        }

        void GiveUp(string why)
        {
            HasGivenUp = true;
            log($"governor: {why}; the run continues without its protection");
        }
    }

    private bool IsSilent(TimeSpan uptime) =>
        uptime > SilenceTimeout && _clock.GetUtcNow() - File.GetLastWriteTimeUtc(channel.HeartbeatPath) > SilenceTimeout;
}
