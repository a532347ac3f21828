using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Machine.Governing;
using Litre.Training.Telemetry;

namespace Litre.Cli.Tests.Rendering;

public sealed class WatchViewTests
{
    private const long GiB = 1L << 30;

    private static readonly RunSnapshot Run = new(
        "runs/a-name-that-is-much-longer-than-any-terminal-has-room-for",
        RunState.Running,
        1,
        12_345,
        99_999,
        1.25,
        1.5,
        12_000,
        TimeSpan.FromHours(7),
        new GovernorOrder(1, OrderKind.Shrink, 2, false, 1, "short", new GovernorReading(null, null))
    );

    [Fact]
    public void Lines_AnySizeOfTerminal_FitAndShowTheRun()
    {
        for (var width = 19; width < 300; width++)
        {
            foreach (var height in (int[])[4, 9, 24, 1000])
            {
                var lines = View().Lines(width, unicode: true, height, "q quits").Select(Text).ToList();
                Assert.All(lines, line => Assert.InRange(CellText.Width(line), 0, width));
                Assert.InRange(lines.Count, 1, height);
                Assert.Contains(lines, l => l.Contains("running", StringComparison.Ordinal));
                Assert.DoesNotContain(lines, l => l.Any(VisibleText.Steers));
            }
        }
    }

    [Fact]
    public void Lines_FewerThanRuns_CountsTheOthers()
    {
        var view = new WatchView(
            new GovernorReading(null, null),
            [.. Enumerable.Range(0, 50).Select(i => Run with { Folder = $"runs/{i}" })],
            0,
            0
        );
        var lines = view.Lines(79, unicode: true, height: 15, "q quits").Select(Text).ToList();
        Assert.Equal(15, lines.Count);
        var shown = lines.Count(l => l.Contains("running", StringComparison.Ordinal));
        Assert.Contains($"and {50 - shown} more", lines);
    }

    [Theory]
    [InlineData(79, true)]
    [InlineData(79, false)]
    [InlineData(119, true)]
    public void Lines_UsualWidth_TellsEverything(int width, bool unicode)
    {
        var lines = View().Lines(width, unicode).Select(Text).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(
            lines,
            l => l.Contains("training 50.0   page cache 20.0   others 150.0   free 280.0 GiB", StringComparison.Ordinal)
        );
        Assert.Contains(lines, l => l.Contains("training 60.0   others 10.0   free 70.0 GiB", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("12345/99999", StringComparison.Ordinal));
        if (!unicode)
            Assert.All(lines.Where(l => !l.StartsWith('图')), l => Assert.All(l, c => Assert.True(char.IsAscii(c))));
    }

    private static WatchView View()
    {
        var gpu = new GpuReading(70 * GiB, 140 * GiB, 100, 84, 700, 1980, true);
        var hostile = Run with { Folder = "runs/图\e[31m\e[5A纸", State = RunState.Paused };
        return new WatchView(new GovernorReading(500 * GiB, 300 * GiB, 20 * GiB, GiB, 12, Gpu: gpu), [Run, hostile], 50 * GiB, 60 * GiB);
    }

    private static string Text(IReadOnlyList<(string Text, string Style)> line) => string.Concat(line.Select(part => part.Text));

    [Fact]
    public void Lines_MachineThatTellsNothing_SaysSo()
    {
        var lines = new WatchView(new GovernorReading(null, null), [], 0, 0)
            .Lines(79, true)
            .Select(line => string.Concat(line.Select(part => part.Text)))
            .ToList();
        Assert.Contains(lines, l => l.Contains("no NVIDIA GPU", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("no runs found", StringComparison.Ordinal));
    }
}
