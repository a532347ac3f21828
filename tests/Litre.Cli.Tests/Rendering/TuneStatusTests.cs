using Litre.Cli.Rendering;
using Litre.Training.Tuning;

namespace Litre.Cli.Tests.Rendering;

public sealed class TuneStatusTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(5);

    [Fact]
    public void Left_SlowFirstStep_DoesNotSpoilTheEstimate()
    {
        var status = Status();
        Assert.Null(status.TimeRemaining(Start));
        status.Add(Step(1), Start + TimeSpan.FromSeconds(60));
        Assert.Equal(99 * 60, status.TimeRemaining(Start + TimeSpan.FromSeconds(60))!.Value.TotalSeconds, 3);
        for (var step = 2; step <= 11; step++)
            status.Add(Step(step), Start + TimeSpan.FromSeconds(58 + 2 * step));
        Assert.Equal(89 * 2, status.TimeRemaining(Start + TimeSpan.FromSeconds(80))!.Value.TotalSeconds, 3);
        Assert.Equal(89 * 2 - 1, status.TimeRemaining(Start + TimeSpan.FromSeconds(81))!.Value.TotalSeconds, 3);
        Assert.Equal(TimeSpan.Zero, status.TimeRemaining(Start + TimeSpan.FromHours(9)));
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1 min 0 s")]
    [InlineData(3725, "1 h 2 min")]
    [InlineData(200000, "2 d 7 h")]
    public void Duration_AnyTime_HasTwoUnits(double seconds, string expected) =>
        Assert.Equal(expected, TuneStatus.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(1.23456, "1.2346")]
    [InlineData(0.000123, "1.23e-4")]
    [InlineData(0, "0.0000")]
    [InlineData(double.NaN, "NaN")]
    public void Loss_AnySize_HasDigitsThatMatter(double loss, string expected) => Assert.Equal(expected, TuneStatus.Loss(loss));

    [Theory]
    [InlineData(3)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(10_001)]
    public void Trend_FallingLoss_IsAFallingLine(int count)
    {
        var trend = new LossTrend();
        for (var i = 0; i < count; i++)
            trend.Add(count - i);
        var line = trend.Sparkline(32);
        Assert.InRange(line.Length, Math.Min(count, 16), 32);
        Assert.Equal(('█', '▁'), (line[0], line[^1]));
        Assert.Equal(string.Concat(line.OrderDescending()), line);
        Assert.Equal(Math.Min(count, 20), trend.RecentCount);
        Assert.Equal((1 + Math.Min(count, 20)) / 2.0, trend.RecentMean!.Value, 9);
    }

    [Fact]
    public void Trend_FlatEmptyOrBroken_DoesNotFail()
    {
        var trend = new LossTrend();
        Assert.Equal("", trend.Sparkline(32));
        trend.Add(double.NaN);
        trend.Add(double.PositiveInfinity);
        Assert.Null(trend.RecentMean);
        trend.Add(2);
        trend.Add(2);
        Assert.Equal("▁▁", trend.Sparkline(32));
        Assert.Equal("", trend.Sparkline(-5));
    }

    private static TuneStatus Status() => new(new TuneStart("r", 1, 100, 1, 0, [], 1), Start);

    private static StepRecord Step(int step) => new(step, 100, 0, 1, 1, 1, 1, 1, 1, null);
}
