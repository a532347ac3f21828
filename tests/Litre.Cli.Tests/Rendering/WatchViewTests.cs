using Litre.Cli.Rendering;
using Litre.Training.Governing;
using Litre.Training.Telemetry;

namespace Litre.Cli.Tests.Rendering;

public sealed class WatchViewTests
{
    private const long GiB = 1L << 30;

    private static readonly RunGlance Run = new(
        "runs/a-name-that-is-much-longer-than-any-terminal-has-room-for", RunState.Running, 1, 12_345, 99_999, 1.25, 1.5, 12_000, TimeSpan.FromHours(7),
        new GovernorOrder(1, OrderKind.Shrink, 2, false, 1, "short", new GovernorReading(null, null)));

    [Theory]
    [InlineData(79, true)]
    [InlineData(79, false)]
    [InlineData(119, true)]
    public void Lines_AnyWidth_FitAndDoNotWrap(int width, bool unicode)
    {
        var gpu = new GpuReading(70 * GiB, 140 * GiB, 100, 84, 700, 1980, true);
        var view = new WatchView(new GovernorReading(500 * GiB, 300 * GiB, 20 * GiB, GiB, 12, Gpu: gpu), [Run], 50 * GiB, 60 * GiB);
        var lines = view.Lines(width, unicode).Select(line => string.Concat(line.Select(part => part.Text))).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(lines, l => l.Contains("training 50.0   page cache 20.0   others 150.0   free 280.0 GiB", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("training 60.0   others 10.0   free 70.0 GiB", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("12345/99999", StringComparison.Ordinal));
        if (!unicode) Assert.All(lines, l => Assert.All(l, c => Assert.True(char.IsAscii(c))));
    }

    [Fact]
    public void Lines_MachineThatTellsNothing_SaysSo()
    {
        var lines = new WatchView(new GovernorReading(null, null), [], 0, 0).Lines(79, true).Select(line => string.Concat(line.Select(part => part.Text))).ToList();
        Assert.Contains(lines, l => l.Contains("no NVIDIA GPU here", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("no runs here", StringComparison.Ordinal));
    }
}
