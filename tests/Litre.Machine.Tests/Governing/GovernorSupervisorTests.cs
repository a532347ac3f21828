using System.ComponentModel;
using Litre.Machine.Governing;

namespace Litre.Machine.Tests.Governing;

public sealed class GovernorSupervisorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-keeper-").FullName;
    private readonly MovingClock _clock = new();
    private readonly List<Fake> _started = [];
    private readonly List<string> _said = [];
    private bool _refuses;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Check_GovernorThatEnded_IsNamedAndStartedAgain()
    {
        var keeper = Keeper();
        keeper.Check(_said.Add);
        Assert.Empty(_said);
        _started[^1].ExitReason = "signal 9";
        keeper.Check(_said.Add);
        keeper.Check(_said.Add);
        Assert.Equal(["governor: it ended (signal 9); restarted"], _said);
        Assert.Equal((2, 1), (_started.Count, keeper.Restarts));
    }

    [Fact]
    public void Check_EndsAgainAndAgain_WaitsLongerAndThenGivesUpOnce()
    {
        var keeper = Keeper();
        for (var second = 0; second < 200; second++)
        {
            _started[^1].ExitReason = "exit code 1";
            keeper.Check(_said.Add);
            _clock.Now += TimeSpan.FromSeconds(1);
        }
        Assert.Equal(5, keeper.Restarts);
        Assert.Equal(6, _said.Count);
        Assert.Contains("the run continues without its protection", _said[^1]);
        Assert.True(keeper.HasGivenUp);
    }

    [Fact]
    public void Check_LivesLongBetweenEnds_IsStartedAgainForEver()
    {
        var keeper = Keeper();
        for (var time = 0; time < 20; time++)
        {
            Beat();
            _clock.Now += TimeSpan.FromMinutes(11);
            Beat();
            keeper.Check(_said.Add);
            _started[^1].ExitReason = "signal 9";
            keeper.Check(_said.Add);
        }
        Assert.Equal(20, keeper.Restarts);
    }

    [Fact]
    public void Check_GovernorThatHangs_IsKilledAndStartedAgain()
    {
        var keeper = Keeper();
        Beat();
        _clock.Now += TimeSpan.FromSeconds(29);
        keeper.Check(_said.Add);
        Assert.Empty(_said);
        _clock.Now += TimeSpan.FromSeconds(3);
        keeper.Check(_said.Add);
        Assert.True(_started[0].IsKilled);
        Assert.Contains("has sent no heartbeat for 30 s; restarted", Assert.Single(_said));
    }

    [Fact]
    public void Check_CannotBeStartedAgain_SaysThatTheRunIsUnprotected()
    {
        var keeper = Keeper();
        (_started[^1].ExitReason, _refuses) = ("signal 9", true);
        keeper.Check(_said.Add);
        Assert.Contains("cannot be restarted (no such program); the run continues without its protection", Assert.Single(_said));
    }

    [Fact]
    public void Policy_StartedAgainWhileTheTrainerIsPaused_LetsItGoOn()
    {
        var before = new GovernorOrder(3, OrderKind.Pause, 4, true, 0.5, "short", new GovernorReading(null, null));
        var policy = new GovernorPolicy(new GovernorSettings { CalmSeconds = 10 }, 3, before);
        var well = new GovernorReading(100L << 30, 80L << 30);
        var answer = new TrainerStatus(3, TrainerActivity.Paused, 5, _clock.Now);
        var orders = Enumerable
            .Range(0, 60)
            .Select(second => policy.Next(well, answer with { Step = second }, TimeSpan.FromHours(1) + TimeSpan.FromSeconds(second)))
            .OfType<GovernorOrder>()
            .ToList();
        Assert.Equal(OrderKind.Resume, orders[0].Kind);
        Assert.Equal((4L, false, 4), (orders[0].Sequence, orders[0].IsPaused, orders[0].Divisor));
        Assert.Contains(orders, o => o is { Kind: OrderKind.Normal, Divisor: 1 });
    }

    private GovernorSupervisor Keeper() =>
        new(
            () =>
            {
                if (_refuses)
                    throw new Win32Exception("no such program");
                _started.Add(new Fake());
                Beat();
                return _started[^1];
            },
            new GovernorChannel(_folder),
            _clock
        );

    private void Beat()
    {
        var channel = new GovernorChannel(_folder);
        channel.WriteHeartbeat();
        File.SetLastWriteTimeUtc(channel.HeartbeatPath, _clock.Now.UtcDateTime);
    }

    private sealed class Fake : IGovernorProcess
    {
        public string? ExitReason { get; set; }

        public bool IsKilled { get; private set; }

        public void Kill() => IsKilled = true;
    }

    private sealed class MovingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
