using System.Diagnostics;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>A run that is asked to stop, phase by phase: exit code 130, nothing lost, and the command to go on with.</summary>
public sealed class TuneStopTests : IDisposable
{
    private readonly SmallCheckpoint _small = new("moe");

    public TuneStopTests() => _small.AddRows("rows.jsonl", 15);

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("HUP")]
    public void Tune_StoppedWhileTraining_WritesACheckpointAndSaysHowToGoOn(string signal)
    {
        using var process = LitreProcess.Start(Arguments("run", "--max-steps", "100000", "--save-steps", "1000", "--eval", "none"));
        LitreProcess.WaitFor(() => Steps() > 3);
        LitreProcess.Signal(process, signal);
        var output = Ended(process);

        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains($"Resume with:\n  litre tune --resume --output {_small.In("run")}\n", output);
        Assert.NotEmpty(Directory.EnumerateDirectories(_small.In("run"), "checkpoint-*"));
    }

    [Fact]
    public void Tune_StoppedBeforeTheFirstStep_LeavesNothingAndSaysTheCommand()
    {
        using var process = LitreProcess.Start(Arguments("early", "--max-steps", "3"));
        LitreProcess.WaitFor(() => Directory.Exists(_small.In("early")));
        LitreProcess.Signal(process, "TERM");
        var output = Ended(process);

        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains($"litre tune --model {_small.Model} --data {_small.Data} --output {_small.In("early")}", output);
        Assert.False(Directory.Exists(_small.In("early")));
    }

    [Fact]
    public void Tune_StoppedInTheComparison_ComparesWithoutTrainingAgain()
    {
        string[] rest = ["--max-steps", "2", "--max-new-tokens", "200"];
        var whole = LitreProcess.Run(Arguments("whole", rest));
        Assert.Equal(ExitCode.Success, whole.ExitCode);
        using var process = LitreProcess.Start(Arguments("cut", rest));
        LitreProcess.WaitFor(() =>
            Path.Combine(_small.In("cut"), "log.txt") is var log
            && File.Exists(log)
            && File.ReadAllText(log).Contains("finished after step 2", StringComparison.Ordinal)
        );
        LitreProcess.Signal(process, "HUP");
        var output = Ended(process);
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains("Stopped during the comparison", output);
        Assert.False(File.Exists(Path.Combine(_small.In("cut"), "evaluation.json")));

        Assert.Equal(ExitCode.Success, LitreProcess.Run("tune", "--resume", "--output", _small.In("cut")).ExitCode);
        Assert.Equal(2, Steps("cut"));
        foreach (var file in (string[])["answers.jsonl", "evaluation.json", "checkpoint-2/optimizer.safetensors"])
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(_small.In("whole"), file)),
                File.ReadAllBytes(Path.Combine(_small.In("cut"), file))
            );
    }

    [Fact]
    public void Tune_GovernorKilled_SaysSoStartsAnotherAndTrainsTheSame()
    {
        string[] rest = ["--max-steps", "100000", "--save-steps", "100000", "--eval", "none"];
        var folder = _small.In("governed");
        using var process = LitreProcess.Start(Arguments("governed", rest));
        var alive = Path.Combine(folder, "governor", "alive");
        LitreProcess.WaitFor(() => File.Exists(alive) && Steps("governed") > 1);
        var governor = int.Parse(File.ReadAllText(alive), System.Globalization.CultureInfo.InvariantCulture);
        using (var victim = Process.GetProcessById(governor))
            LitreProcess.Signal(victim, "KILL");
        LitreProcess.WaitFor(() => int.TryParse(File.ReadAllText(alive), out var other) && other != governor);
        LitreProcess.Signal(process, "TERM");
        var output = Ended(process);

        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        foreach (
            var text in (string[])
                [output, File.ReadAllText(Path.Combine(folder, "log.txt")), File.ReadAllText(Path.Combine(folder, "metrics.jsonl"))]
        )
            Assert.Contains("governor: it ended (signal 9); restarted", text);
        Assert.Equal(
            2,
            File.ReadLines(Path.Combine(folder, "governor.jsonl")).Count(l => l.Contains("\"start\"", StringComparison.Ordinal))
        );
    }

    private int Steps(string run = "run") =>
        Path.Combine(_small.In(run), "metrics.jsonl") is var path && File.Exists(path)
            ? File.ReadLines(path).Count(l => l.StartsWith("{\"type\":\"step\"", StringComparison.Ordinal))
            : 0;

    private static string Ended(Process process)
    {
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private string[] Arguments(string run, params string[] rest) => _small.TuneArguments(run, rest);
}
