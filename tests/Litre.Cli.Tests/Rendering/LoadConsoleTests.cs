using Litre.Cli.Rendering;
using Litre.Model.Weights;

namespace Litre.Cli.Tests.Rendering;

public sealed class LoadConsoleTests
{
    private const long GiB = 1L << 30;

    private readonly StringWriter _error = new();

    [Fact]
    public void Show_Terminal_DrawsOneLineAndLeavesTheLast()
    {
        using (var console = new LoadConsole(new StatusLine(_error, isTerminal: true)))
            Load(console, GiB / 4);
        Assert.Equal(
            "\rloading 0.13 of 0.25 GiB, 0.13 GiB/s, 0:00:01 left\e[K\r\e[Kloaded 0.25 GiB in 2.0 s, 0.13 GiB/s, direct reads\n",
            _error.ToString()
        );
    }

    [Fact]
    public void Show_TerminalWhereLoadingFails_LeavesNothing()
    {
        using (var console = new LoadConsole(new StatusLine(_error, isTerminal: true)))
            console.Show(new LoadProgress(1, 2, TimeSpan.Zero, false));
        Assert.EndsWith("\r\e[K", _error.ToString());
    }

    [Theory]
    [InlineData(1, "loaded 1.00 GiB in 2.0 s, 0.50 GiB/s, direct reads\n")]
    [InlineData(0.5, "")]
    public void Show_NoTerminal_TellsTheEndOfALargeModel(double size, string expected)
    {
        using (var console = new LoadConsole(new StatusLine(_error, isTerminal: false)))
            Load(console, (long)(size * GiB));
        Assert.Equal(expected, _error.ToString());
    }

    [Fact]
    public void Show_EndIsToldElsewhere_IsSilentAboutIt()
    {
        using (var console = new LoadConsole(new StatusLine(_error, isTerminal: false)) { ShowsCompletion = false })
            Load(console, 2 * GiB);
        Assert.Empty(_error.ToString());
    }

    private static void Load(LoadConsole console, long bytes)
    {
        console.Show(new LoadProgress(bytes / 2, bytes, TimeSpan.FromSeconds(1), false));
        console.Show(new LoadProgress(bytes, bytes, TimeSpan.FromSeconds(2), true));
    }
}
