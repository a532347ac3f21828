using Litre.Cli.Errors;
using Litre.Core;

namespace Litre.Cli.Tests.Commands;

public sealed class WatchCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-watch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Watch_Once_ShowsASimulatedMachineAndItsRuns()
    {
        Write(
            "machine/proc/meminfo",
            "MemTotal: 104857600 kB\nMemAvailable: 41943040 kB\nCached: 10485760 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
        );
        Write("machine/gpu", "temperature_c 71\nbusy_percent 97\npower_watts 140\nclock_mhz 2411\n");
        Write(
            "runs/first/metrics.jsonl",
            "{\"type\":\"step\",\"step\":7,\"total_steps\":30,\"loss\":1.5,\"tokens_per_second\":100,"
                + "\"time\":\"2026-01-01T00:00:00Z\"}\n{\"torn"
        );

        var litre = LitreProcess.RunWith(
            new() { [HostEnvironment.Machine] = Path.Combine(_folder, "machine") },
            "watch",
            "--once",
            "--run",
            Path.Combine(_folder, "runs")
        );

        Assert.Equal((ExitCode.Success, ""), (litre.ExitCode, litre.Error));
        foreach (
            var text in (string[])
                [
                    "unified",
                    "100.0 GiB",
                    "page cache 10.0",
                    "others 60.0",
                    "free 30.0",
                    "97 % busy",
                    "71 ",
                    "140 W",
                    "2411 MHz",
                    "first",
                    "stopped",
                    "7/30",
                    "1.5000",
                ]
        )
            Assert.Contains(text, litre.Output);
    }

    [Theory]
    [InlineData("--run /nowhere: no such folder", "watch", "--run", "/nowhere")]
    [InlineData("--run /nowhere: no such folder", "governor", "--run", "/nowhere", "--pid", "2")]
    [InlineData("--pid 0: there is no such process", "governor", "--run", ".", "--pid", "0")]
    [InlineData("--first-floor -1: expected a number, 0 or more", "governor", "--run", ".", "--pid", "1", "--first-floor", "-1")]
    public void Command_BadInput_OneLineAndExitCodeTwo(string message, params string[] arguments)
    {
        var litre = LitreProcess.Run(arguments);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(message, litre.Error);
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
