using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    private static readonly string Config = Path.Combine(Repository.Root, "tests", "configs", "Qwen3-VL-30B-A3B-Instruct.json");
    private static readonly string Small = Path.Combine(Repository.Root, "tests", "reference", "moe", "model", "config.json");

    [Theory]
    [InlineData("meta", "all")]
    [InlineData("meta:cuda", "none")]
    public void Bench_RealSizeOnMeta_CountsBytesInSeconds(string device, string recompute)
    {
        var clock = Stopwatch.StartNew();
        var litre = LitreProcess.Run("bench", Config, "--device", device, "--recompute", recompute, "--json");

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
        using var result = JsonDocument.Parse(litre.Output);
        var weights = result.RootElement.GetProperty("weight_bytes").GetInt64();
        // 31.07 billion parameters of two bytes, and adapters.
        Assert.InRange(weights, 62_000_000_000, 62_400_000_000);
        Assert.InRange(result.RootElement.GetProperty("peak_bytes").GetInt64(), weights, weights + 30_000_000_000);
    }

    [Fact]
    public void Bench_SmallModelJson_HasThePeersKeysOnOneLine()
    {
        var litre = LitreProcess.Run(
            "bench",
            Small,
            "--device",
            "cpu",
            "--dtype",
            "float32",
            "--samples",
            "2",
            "--image",
            "64x64",
            "--pictures",
            "2",
            "--steps",
            "2",
            "--warmup-steps",
            "1",
            "--generate",
            "--generate-batch",
            "2",
            "--new-tokens",
            "3",
            "--profile",
            "--json"
        );

        Assert.Equal("", litre.Error);
        Assert.Matches("^[^\n]+\n$", litre.Output);
        using var result = JsonDocument.Parse(litre.Output);
        var root = result.RootElement;
        // 122 of text, and 64 merged groups of each image, which the processor enlarges to its least size.
        Assert.Equal(2 * (122 + 2 * 64), root.GetProperty("tokens").GetInt32());
        foreach (
            var key in (string[])
                [
                    "step_s",
                    "tokens_per_s",
                    "samples_per_s",
                    "peak_gib",
                    "measured_bytes",
                    "planned_bytes",
                    "peak_flops_per_s",
                    "peak_bytes_per_s",
                    "matrix_share",
                    "memory_share",
                ]
        )
            Assert.True(root.GetProperty(key).GetDouble() > 0, key);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("gpu_util_percent").ValueKind);
        Assert.Equal(root.GetProperty("planned_peak_bytes").GetInt64(), root.GetProperty("peak_bytes").GetInt64());
        var generation = root.GetProperty("generation");
        Assert.True(generation.GetProperty("prefill_tokens_per_s").GetDouble() > 0);
        Assert.Equal([1, 2], generation.GetProperty("decode").EnumerateArray().Select(d => d.GetProperty("batch").GetInt32()));
        Assert.Contains(
            root.GetProperty("profile").GetProperty("operators").EnumerateArray(),
            o =>
                o.GetProperty("name").GetString() == "linear"
                && o.GetProperty("part").GetString() == "attention"
                && o.GetProperty("flops_per_s").GetDouble() > 0
        );
    }

    [Fact]
    public void Bench_SmallModel_PrintsStepSharesAnswersAndProfile()
    {
        var litre = LitreProcess.Run(
            "bench",
            Small,
            "--device",
            "cpu",
            "--dtype",
            "float32",
            "--samples",
            "2",
            "--visual-tokens",
            "4",
            "--steps",
            "1",
            "--generate",
            "--new-tokens",
            "3",
            "--profile",
            "--target",
            "attention,experts"
        );

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        foreach (
            var line in (string[])
                [
                    "samples/s",
                    "matrix products",
                    "memory traffic",
                    "decode, batch 8",
                    "outside operators",
                    "feed forward|experts",
                    "Time spent in the profiled step",
                    "the profiled decoding of batch 8:",
                ]
        )
            Assert.Matches(line, litre.Output);
    }

    [Fact]
    public void Bench_DataSet_TimesAnEpoch()
    {
        using var small = new SmallCheckpoint();
        small.AddRows("train.jsonl", 12);
        var litre = LitreProcess.Run(
            "bench",
            small.Model,
            "--device",
            "cpu",
            "--dtype",
            "float32",
            "--data",
            small.Data,
            "--max-pixels",
            "16384",
            "--micro-batch-tokens",
            "600",
            "--steps",
            "2",
            "--cache-features",
            "--json"
        );

        Assert.Equal("", litre.Error);
        using var result = JsonDocument.Parse(litre.Output);
        Assert.InRange(result.RootElement.GetProperty("epoch_samples").GetInt32(), 6, 12);
        Assert.True(result.RootElement.GetProperty("epoch_s").GetDouble() > 0);
    }

    [Theory]
    [InlineData("--samples", "0")]
    [InlineData("--image", "big")]
    [InlineData("--text-tokens", "20")]
    [InlineData("--image", "64x64", "--visual-tokens", "4")]
    [InlineData("--target", "attention", "--experts")]
    [InlineData("--steps", "0")]
    [InlineData("--generate", "--new-tokens", "1")]
    [InlineData("--data", "somewhere", "--questions", "2")]
    [InlineData("--data", "somewhere")]
    [InlineData("--cache-features", "--full")]
    public void Bench_ImpossibleWorkload_OneLine(params string[] arguments)
    {
        var litre = LitreProcess.Run(["bench", Config, "--device", "meta", .. arguments]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: --[a-z][^\n]*\n$", litre.Error);
    }
}
