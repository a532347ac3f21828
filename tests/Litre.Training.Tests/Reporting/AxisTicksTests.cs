using Litre.Reporting;

namespace Litre.Training.Tests.Reporting;

public sealed class AxisTicksTests
{
    [Fact]
    public void For_RandomRanges_CoversThemInRoundStepsWithDifferentLabels()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var count = random.Next(2, 9);
            var low = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-12, 13));
            var high = low + Math.Max(random.NextDouble() * Math.Pow(10, random.Next(-12, 13)), Math.Abs(low) * 1e-5);
            var ticks = AxisTicks.For(low, high, count);
            var what = $"{low:R} to {high:R}, about {count}: {string.Join(" ", ticks.Values)}";
            var step = (ticks.High - ticks.Low) / (ticks.Values.Count - 1);
            var slack = step * 1e-6;
            Assert.True(ticks.Low <= low + slack && ticks.High >= high - slack, what);
            // Never a whole step more than is needed on either side.
            Assert.True(low - ticks.Low < step * 1.001 && ticks.High - high < step * 1.001, what);
            Assert.InRange(ticks.Values.Count, 2, count + 2);
            Assert.All(ticks.Values.Select((v, n) => v - (ticks.Low + n * step)), d => Assert.True(Math.Abs(d) <= slack, what));
            var lead = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
            Assert.Contains((double[])[1, 2, 5], l => Math.Abs(lead - l) < 1e-4);
            Assert.Equal(ticks.Values.Count, ticks.Values.Select(ticks.Format).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    [InlineData(1e-4)]
    [InlineData(5e8)]
    public void For_EqualValues_MakesALittleRoomOnBothSides(double value)
    {
        var ticks = AxisTicks.For(value, value, 5);
        var room = Math.Abs(value) * 0.1;
        Assert.InRange(ticks.Low, value - 2 * room, value - 0.9 * room);
        Assert.InRange(ticks.High, value + 0.9 * room, value + 2 * room);
        Assert.InRange(ticks.Values.Count, 3, 7);
    }

    [Fact]
    public void For_ZerosAlone_ReachesFromZeroToOne()
    {
        var ticks = AxisTicks.For(0, 0, 5);
        Assert.Equal((0, 1), (ticks.Low, ticks.High));
    }

    [Theory]
    [InlineData(1, 1, 12)]
    [InlineData(0, 0, 12)]
    [InlineData(1, 2, 12)]
    [InlineData(0, 30, 12)]
    [InlineData(3, 997, 12)]
    [InlineData(1, 2_000_000_000, 4)]
    public void ForSteps_AnyRange_HasWholeNumbersWithinIt(int low, int high, int count)
    {
        var ticks = AxisTicks.ForSteps(low, high, count);
        // A single step stands in the middle, or at the left edge where it is the first.
        Assert.Equal(low == high ? (Math.Max(low - 1, 0), high + 1) : (low, high), (ticks.Low, ticks.High));
        Assert.All(ticks.Values, v => Assert.True(v == Math.Floor(v) && v >= ticks.Low && v <= ticks.High));
        Assert.InRange(ticks.Values.Count, 2, count + 1);
    }

    [Theory]
    [InlineData(0, 3, 0, "0")]
    [InlineData(0, 2, 1.5, "1.5")]
    [InlineData(1000, 1001, 1000.2, "1,000.2")]
    [InlineData(3e8, 3.0001e8, 3.00002e8, "3.00002e8")]
    [InlineData(-1, 1, -0.5, "−0.5")]
    [InlineData(0, 5000, 4000, "4,000")]
    [InlineData(0, 1e-4, 5e-5, "5e−5")]
    [InlineData(0, 2e8, 1.5e8, "1.5e8")]
    public void Format_Value_IsReadable(double low, double high, double value, string text) =>
        Assert.Equal(text, AxisTicks.For(low, high, 5).Format(value));
}
