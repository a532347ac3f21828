using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class InitCommandTests : IDisposable
{
    private readonly SmallCheckpoint _small = new("moe");

    public InitCommandTests() => _small.AddRows("rows.jsonl", 15);

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Init_WithTokenizerFromData_ServesEveryOtherCommand()
    {
        var (made, run) = (_small.In("made"), _small.In("run"));
        var init = LitreProcess.Run(
            "init",
            _small.Model,
            "--tokenizer-from",
            _small.Data,
            "--vocabulary",
            "300",
            "--min-frequency",
            "5",
            "--output",
            made,
            "--max-pixels",
            "16384",
            "--min-pixels",
            "1024"
        );
        Assert.Equal(ExitCode.Success, init.ExitCode);
        Assert.Empty(init.Error);
        Assert.Contains("parameters", init.Output);
        Assert.Contains($"wrote {made}", init.Output);

        Good("data", "check", _small.Data, "--model", made, "--strict");
        Good(
            "tune",
            "--model",
            made,
            "--data",
            _small.Data,
            "--output",
            run,
            "--max-steps",
            "2",
            "--eval",
            "none",
            "--micro-batch-tokens",
            "400",
            "--device",
            "cpu"
        );
        Good("ask", "--model", made, "--image", _small.Image, "--max-new-tokens", "3", "--device", "cpu", "What?");
        Good(
            "export",
            "--model",
            made,
            "--adapter",
            Path.Combine(run, "best"),
            "--to",
            "peft",
            "--output",
            _small.In("peft"),
            "--device",
            "cpu"
        );
    }

    [Fact]
    public void Bench_WriteCheckpoint_WritesOneOfTheConfigurationsSize()
    {
        var config = Path.Combine(_small.Model, "config.json");
        var bench = LitreProcess.Run("bench", config, "--write-checkpoint", _small.In("big"), "--json");
        Assert.Equal(ExitCode.Success, bench.ExitCode);
        var result = JsonDocument.Parse(bench.Output).RootElement;
        Assert.Equal(2 * result.GetProperty("parameters").GetInt64(), result.GetProperty("weight_bytes").GetInt64());
        Assert.True(new FileInfo(_small.In("big", "model.safetensors")).Length > result.GetProperty("weight_bytes").GetInt64());
    }

    [Theory]
    [InlineData("/nowhere", "/nowhere")]
    [InlineData("MODEL --shard-size 5XB", "--shard-size 5XB")]
    [InlineData("MODEL --shard-size 0", "--shard-size 0")]
    [InlineData("MODEL --dtype float16", "float16")]
    [InlineData("MODEL --min-pixels 99999999 --max-pixels 5", "--max-pixels")]
    [InlineData("MODEL --tokenizer-from DATA --vocabulary 100", "--vocabulary 100")]
    public void Init_BadInput_OneLineAndExitCodeTwo(string arguments, string word)
    {
        var given = arguments
            .Split(' ')
            .Select(a =>
                a switch
                {
                    "MODEL" => _small.Model,
                    "DATA" => _small.Data,
                    _ => a,
                }
            );
        var litre = LitreProcess.Run(["init", .. given, "--output", _small.In("made")]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(word, litre.Error);
        Assert.False(Directory.Exists(_small.In("made")));
    }

    private static void Good(params string[] arguments)
    {
        var litre = LitreProcess.Run(arguments);
        Assert.True(litre.ExitCode == ExitCode.Success, $"litre {string.Join(' ', arguments)}: {litre.Error}");
    }
}
