using System.Diagnostics;
using System.Text.Json;

namespace Litre.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    private static readonly string Config = Path.Combine(Repository.Root, "tests", "configs", "Qwen3-VL-30B-A3B-Instruct.json");

    [Theory]
    [InlineData("meta", "all")]
    [InlineData("meta:cuda", "none")]
    public void Bench_RealSizeOnMeta_CountsBytesInSeconds(string device, string recompute)
    {
        var clock = Stopwatch.StartNew();
        var litre = LitreProcess.Run("bench", Config, "--device", device, "--recompute", recompute, "--json");

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        using var result = JsonDocument.Parse(litre.Output);
        var weights = result.RootElement.GetProperty("WeightBytes").GetInt64();
        // 31.07 billion parameters of two bytes, and adapters.
        Assert.InRange(weights, 62_000_000_000, 62_400_000_000);
        Assert.InRange(result.RootElement.GetProperty("PeakBytes").GetInt64(), weights, weights + 30_000_000_000);
    }

    [Fact]
    public void Bench_ImpossibleWorkload_OneLine()
    {
        var litre = LitreProcess.Run("bench", Config, "--device", "meta", "--samples", "0");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: --samples[^\n]*\n$", litre.Error);
    }
}
