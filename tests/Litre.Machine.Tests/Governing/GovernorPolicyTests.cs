using Litre.Core;
using Litre.Machine.Governing;

namespace Litre.Machine.Tests.Governing;

public sealed class GovernorPolicyTests
{
    private const long GiB = 1L << 30;

    // Of 100 GiB: floors at 6, 3 and 1.5.
    private readonly GovernorSettings _settings = new()
    {
        AnswerSeconds = 20,
        EndSeconds = 10,
        CalmSeconds = 30,
    };
    private readonly GovernorPolicy _policy;
    private readonly List<OrderKind> _orders = [];
    private int _second;
    private bool _answers = true;
    private bool _heart = true;
    private TrainerStatus? _answer;

    public GovernorPolicyTests() => _policy = new GovernorPolicy(_settings);

    [Fact]
    public void Next_PlentyOfMemory_OrdersNothing()
    {
        Run(600, 50);
        Assert.Empty(_orders);
        Assert.Equal((1, false, 1.0), (_policy.State.Divisor, _policy.State.IsPaused, _policy.State.Pace));
    }

    [Fact]
    public void Next_BelowTheFirstFloor_ShrinksFurtherAndGivesBackAfterCalm()
    {
        Run(1, 5.9);
        Assert.Equal([OrderKind.Shrink], _orders);
        Assert.Equal(2, _policy.State.Divisor);
        Run(100, 5.9);
        Assert.Equal([OrderKind.Shrink, OrderKind.Shrink, OrderKind.Shrink], _orders);
        Assert.Equal(8, _policy.State.Divisor);
        Run(100, 7); // above the floor, but not by enough
        Assert.Equal(8, _policy.State.Divisor);
        Run(30, 8);
        Run(1, 7);
        Run(30, 8); // the calm was broken
        Assert.Equal(8, _policy.State.Divisor);
        Run(1, 8);
        Assert.Equal((OrderKind.Normal, 1), (_orders[^1], _policy.State.Divisor));
    }

    [Fact]
    public void Next_ShortAgainAfterNormal_WaitsTwiceAsLong()
    {
        Run(1, 5);
        Run(31, 50);
        Assert.Equal(OrderKind.Normal, _orders[^1]);
        Run(1, 5);
        Run(60, 50);
        Assert.Equal(OrderKind.Shrink, _orders[^1]);
        Run(1, 50);
        Assert.Equal([OrderKind.Shrink, OrderKind.Normal, OrderKind.Shrink, OrderKind.Normal], _orders);
    }

    [Fact]
    public void Next_BelowTheSecondFloor_PausesResumesShrunkAndReturnsToNormal()
    {
        Run(1, 2.9);
        Assert.Equal((OrderKind.Pause, true, 2), (_orders[^1], _policy.State.IsPaused, _policy.State.Divisor));
        Run(300, 3.5);
        Assert.Single(_orders);
        Run(31, 4);
        Assert.Equal((OrderKind.Resume, false, 2), (_orders[^1], _policy.State.IsPaused, _policy.State.Divisor));
        Run(31, 50);
        Assert.Equal([OrderKind.Pause, OrderKind.Resume, OrderKind.Normal], _orders);
    }

    [Fact]
    public void Next_FallsStepByStep_ShrinksThenPauses()
    {
        Run(1, 5);
        Run(1, 2);
        Assert.Equal([OrderKind.Shrink, OrderKind.Pause], _orders);
    }

    [Theory]
    [InlineData(5.0, false)]
    [InlineData(2.0, false)]
    [InlineData(5.0, true)]
    public void Next_OrderWithoutAnswer_StopsThenKills(double availableGiB, bool answersOnce)
    {
        if (answersOnce)
            Run(1, 50);
        (_answers, _heart) = (false, false);
        Run(20, availableGiB);
        Assert.Single(_orders);
        Run(1, availableGiB);
        Assert.Equal(OrderKind.Stop, _orders[^1]);
        Run(9, availableGiB);
        Assert.Equal(2, _orders.Count);
        Run(100, availableGiB);
        Assert.Equal([OrderKind.Stop, OrderKind.Kill], _orders[1..]);
    }

    [Fact]
    public void Next_OrderWithoutAnswerButMemoryIsBack_IsNotStopped()
    {
        (_answers, _heart) = (false, false);
        Run(10, 5);
        Run(100, 50);
        Assert.DoesNotContain(OrderKind.Stop, _orders);
    }

    [Fact]
    public void Next_LongStepThatSaysItLives_IsNotStopped()
    {
        _answers = false;
        Run(100, 5);
        Assert.Equal([OrderKind.Shrink], _orders);
    }

    [Fact]
    public void Next_PausedAndSilent_IsStopped()
    {
        Run(5, 2);
        _heart = false;
        Run(30, 2);
        Assert.Equal([OrderKind.Pause, OrderKind.Stop], _orders);
    }

    [Fact]
    public void Next_BelowTheLastFloorTwice_StopsEvenOneThatAnswers()
    {
        Run(1, 1);
        Assert.Equal([OrderKind.Pause], _orders);
        Run(1, 1);
        Run(10, 50); // once asked to end, nothing else is said
        Assert.Equal([OrderKind.Pause, OrderKind.Stop, OrderKind.Kill], _orders);
    }

    [Fact]
    public void Next_LastFloorForOneReading_OnlyPauses()
    {
        Run(1, 1);
        Run(5, 2);
        Assert.Equal([OrderKind.Pause], _orders);
    }

    [Fact]
    public void Next_Pressure_Shrinks()
    {
        Run(1, 50, r => r with { PressurePercent = 45 });
        Assert.Contains("45 %", _policy.State.Reason);
        Assert.Equal([OrderKind.Shrink], _orders);
    }

    [Fact]
    public void Next_SwapThatGrows_ShrinksAndOldSwapDoesNot()
    {
        Run(100, 50, r => r with { SwapUsedBytes = 8 * GiB });
        Assert.Empty(_orders);
        Run(1, 50, r => r with { SwapUsedBytes = 10 * GiB });
        Assert.Equal([OrderKind.Shrink], _orders);
        Run(400, 50, r => r with { SwapUsedBytes = 10 * GiB });
        Assert.Equal(OrderKind.Normal, _orders[^1]);
    }

    [Fact]
    public void Next_DeviceMemoryBelowItsFloor_ShrinksOnlyWhereAsked()
    {
        var full = new GpuReading(UsedBytes: 79 * GiB, TotalBytes: 80 * GiB);
        Run(5, 50, r => r with { Gpu = full });
        Assert.Empty(_orders);
        var asked = new GovernorPolicy(_settings with { DeviceFloorGiB = 2 });
        Assert.Equal(OrderKind.Shrink, asked.Next(Reading(50) with { Gpu = full }, null, TimeSpan.Zero)!.Kind);
    }

    [Fact]
    public void Next_Hot_SlowsStepByStepAndNeverStops()
    {
        Run(1, 50, Hot(86));
        Assert.Equal([OrderKind.Slow], _orders);
        Assert.Equal(0.7, _policy.State.Pace);
        (_answers, _heart) = (false, false);
        Run(300, 50, Hot(95));
        Assert.All(_orders, o => Assert.Equal(OrderKind.Slow, o));
        Assert.Equal(0.2, _policy.State.Pace);
        var orders = _orders.Count;
        Run(300, 50, Hot(82)); // below the limit, but not cool
        Assert.Equal(orders, _orders.Count);
        Run(300, 50, Hot(70));
        Assert.Equal(1, _policy.State.Pace);
    }

    [Fact]
    public void Next_ThermalThrottling_SlowsBelowTheLimit()
    {
        Run(1, 50, r => r with { Gpu = new GpuReading(TemperatureC: 60, IsThermallyThrottled: true) });
        Assert.Equal([OrderKind.Slow], _orders);
    }

    [Fact]
    public void Next_HotAndShort_KeepsBoth()
    {
        Run(2, 5, Hot(90));
        Assert.Equal((2, 0.7), (_policy.State.Divisor, _policy.State.Pace));
    }

    [Fact]
    public void Next_MachineThatTellsNothing_OrdersNothing()
    {
        Assert.Null(_policy.Next(new GovernorReading(null, null), null, TimeSpan.Zero));
    }

    [Fact]
    public void Next_RandomMachine_KeepsItsRules()
    {
        var random = new Random(3);
        var available = 50.0;
        for (var i = 0; i < 20_000; i++)
        {
            var before = _policy.State;
            available = Math.Clamp(available + (random.NextDouble() - 0.5) * 2, 1.6, 60);
            Run(1, available, Hot(random.Next(60, 95)));
            Assert.InRange(_policy.State.Divisor, 1, 8);
            Assert.InRange(_policy.State.Pace, 0.2, 1);
            Assert.True(available >= 3 || _policy.State.IsPaused);
            if (before.IsPaused && !_policy.State.IsPaused)
                Assert.Equal(OrderKind.Resume, _policy.State.Kind);
            if (before.Divisor > _policy.State.Divisor)
                Assert.Equal(OrderKind.Normal, _policy.State.Kind);
        }
    }

    [Theory]
    [InlineData(128.0, 7.68, 3.84, 1.92)]
    [InlineData(24.0, 4, 2, 1)]
    [InlineData(8.0, 2, 1, 0.5)]
    public void Floors_Defaults_FollowTheMachine(double total, double first, double second, double last)
    {
        var floors = new GovernorSettings().Floors((long)(total * GiB));
        Assert.Equal([first, second, last], new[] { floors.First, floors.Second, floors.Last }.Select(b => Math.Round(b / (double)GiB, 3)));
    }

    [Theory]
    [InlineData(4, 5, 0, "`second-floor 5`: is above `first-floor 4`; lower it, or raise `first-floor`")]
    [InlineData(0, 2, 3, "`last-floor 3`: is above the second floor of 2 GiB; lower it, or raise `second-floor`")]
    [InlineData(100, 0, 0, "`first-floor 100`: is not below the 100 GiB of memory of this machine; lower it")]
    [InlineData(0, 120, 0, "`second-floor 120`: is not below the 100 GiB of memory of this machine; lower it")]
    public void Floors_OutOfOrder_AreRefusedByName(double first, double second, double last, string message)
    {
        var settings = new GovernorSettings
        {
            FirstFloorGiB = first,
            SecondFloorGiB = second,
            LastFloorGiB = last,
        };
        Assert.Equal(message, Assert.Throws<InputException>(() => settings.Floors(100 * GiB)).Message);
    }

    private static Func<GovernorReading, GovernorReading> Hot(int celsius) => r => r with { Gpu = new GpuReading(TemperatureC: celsius) };

    private static GovernorReading Reading(double availableGiB) => new(100 * GiB, (long)(availableGiB * GiB));

    // So many seconds of the same machine, with a trainer that answers the second after.
    private void Run(int seconds, double availableGiB, Func<GovernorReading, GovernorReading>? change = null)
    {
        for (var i = 0; i < seconds; i++, _second++)
        {
            var now = TimeSpan.FromSeconds(_second);
            if (_policy.Next((change ?? (r => r))(Reading(availableGiB)), _answer, now) is { } order)
                _orders.Add(order.Kind);
            if (_heart)
                _answer = new TrainerStatus(
                    _answers ? _policy.State.Sequence : _answer?.Sequence ?? 0,
                    _answers && _policy.State.IsPaused ? TrainerActivity.Paused : TrainerActivity.Running,
                    1,
                    DateTimeOffset.UnixEpoch + now
                );
        }
    }
}
