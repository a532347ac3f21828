using System.ComponentModel;
using System.Globalization;

namespace Litre.Machine.Governing;

/// <summary>
/// Sees to it that a run keeps its governor: one that ended, or is not heard of, is named and started again, a few times in a
/// row. Not thread-safe.
/// </summary>
/// <param name="start">Starts a governor.</param>
/// <param name="channel">Where a governor says that it lives.</param>
/// <param name="clock">Null for the machine's.</param>
/// <exception cref="IOException">The first one cannot be started; likewise for the other exceptions of starting a process.</exception>
public sealed class GovernorSupervisor(Func<IGovernorProcess> start, GovernorChannel channel, TimeProvider? clock = null)
{
    private const int MaxStarts = 5;

    // A governor writes each second; one that is silent for so long hangs.
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(30);

    // One that lived so long did not end because of how it was started.
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private IGovernorProcess _process = start();
    private DateTimeOffset _startedAt = (clock ?? TimeProvider.System).GetUtcNow();
    private int _consecutiveStarts;

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Whether no governor is started any more.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>Looks whether the governor lives, and starts another where it does not.</summary>
    /// <param name="log">Told in one line what happened.</param>
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
        // The first time at once, then ever later: what ends it may need its time to pass.
        if (_consecutiveStarts > 0 && lived < TimeSpan.FromSeconds(1 << (_consecutiveStarts - 1)))
            return;
        var what = end is not null
            ? $"it ended ({end})"
            : string.Create(CultureInfo.InvariantCulture, $"it has not been heard of for {SilenceTimeout.TotalSeconds:0} s");
        if (end is null)
            _process.Kill();
        if (_consecutiveStarts == MaxStarts)
        {
            GiveUp($"{what} again, after {MaxStarts} new starts in a row");
            return;
        }
        try
        {
            _process = start();
            (_startedAt, _consecutiveStarts, Restarts) = (_clock.GetUtcNow(), _consecutiveStarts + 1, Restarts + 1);
            log($"governor: {what}; started again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            GiveUp($"{what} and cannot be started again ({e.Message.ReplaceLineEndings(" ")})");
        }

        void GiveUp(string why)
        {
            HasGivenUp = true;
            log($"governor: {why}; the run goes on without its protection");
        }
    }

    private bool IsSilent(TimeSpan uptime) =>
        uptime > SilenceTimeout && _clock.GetUtcNow() - File.GetLastWriteTimeUtc(channel.HeartbeatPath) > SilenceTimeout;
}
