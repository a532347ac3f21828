using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>Images larger than a tile, from data to answers.</summary>
public sealed class TileCommandTests : IDisposable
{
    private readonly SmallCheckpoint _small = new("moe");
    private readonly string _large;

    public TileCommandTests()
    {
        _small.AddRows("rows.jsonl", 10);
        _large = Directory.EnumerateFiles(_small.Data, "*.png").OrderByDescending(f => new FileInfo(f).Length).First();
    }

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Tune_Tiled_KeepsTheTilingInTheAdapterAndComparesWithShrunkPages()
    {
        var litre = Tune("run", "--tile", "64+16", "--max-steps", "1");
        Assert.Equal((ExitCode.Success, ""), (litre.ExitCode, litre.Error));
        Assert.Matches(@"\nbase, [a-z /()]+ on \d rows? with large pages: .* downscaled, .* in tiles \(p ", litre.Output);
        Assert.True(File.Exists(Path.Combine(_small.In("run"), "tiles.json")));
        Assert.Contains("Downscaled pages compared with tiled pages", File.ReadAllText(Path.Combine(_small.In("run"), "report.html")));
        var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(_small.In("run"), "best", "litre.json"))).RootElement;
        Assert.Equal(("64x64+16x16", "page"), (facts.GetProperty("tiling").GetString(), facts.GetProperty("tile_answers").GetString()));

        var other = Tune("run", "--resume", "--tile", "64+8");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("--tile 64x64+8x8: the run in", other.Error);
        other = Tune("run", "--resume", "--tile-answers", "tile");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("--tile-answers tile: the run in", other.Error);

        string[] ask =
        [
            "ask",
            "--model",
            _small.Model,
            "--adapter",
            _small.In("run"),
            "--image",
            _large,
            "--max-new-tokens",
            "2",
            "--min-pixels",
            "1024",
            "--device",
            "cpu",
            "What?",
        ];
        var tiled = LitreProcess.Run(ask);
        Assert.Equal(ExitCode.Success, tiled.ExitCode);
        Assert.Contains(
            "tiles of 64x64 plus the downscaled page, as in the adapter's training; --tile off downscales it instead",
            tiled.Error
        );
        Assert.DoesNotContain("tiles", LitreProcess.Run([.. ask, "--tile", "off"]).Error);
        Assert.Contains(", each answered separately", LitreProcess.Run([.. ask, "--tile-answers", "tile"]).Error);
    }

    [Fact]
    public void DataCheck_Tiled_CountsTheTilesTokens()
    {
        Assert.True(Visual("--tile", "64+0") > Visual());

        long Visual(params string[] rest)
        {
            var litre = LitreProcess.Run([
                "data",
                "check",
                _small.Data,
                "--model",
                _small.Model,
                "--min-pixels",
                "1024",
                "--json",
                .. rest,
            ]);
            Assert.Equal(ExitCode.Success, litre.ExitCode);
            return JsonDocument.Parse(litre.Output).RootElement.GetProperty("tokens").GetProperty("visual").GetInt64();
        }
    }

    [Fact]
    public void Plan_DescribedA0Page_CountsItsTiles()
    {
        Assert.True(Features("--tile", "1024") > 10 * Features());

        static long Features(params string[] rest)
        {
            var litre = LitreProcess.Run([
                "plan",
                "--model",
                "Qwen3-VL-8B-Instruct",
                "--samples",
                "10",
                "--image",
                "9933x14043",
                "--machine",
                "h200",
                "--micro-batch-tokens",
                "200000",
                "--json",
                .. rest,
            ]);
            return JsonDocument.Parse(litre.Output).RootElement.GetProperty("features").GetProperty("all_bytes").GetInt64();
        }
    }

    [Theory]
    [InlineData("--tile big: expected off, or a tile's size", "--tile", "big")]
    [InlineData("add --tile, such as --tile 1024", "--tile-answers", "tile")]
    [InlineData("a tile has 1048576 pixels, and images are downscaled to at most 10000", "--tile", "1024", "--max-pixels", "10000")]
    public void Tune_TilesThatCannotBe_AreRefusedInOneLine(string message, params string[] rest)
    {
        var litre = Tune("refused", rest);
        Assert.Equal(2, litre.ExitCode);
        Assert.Contains(message, litre.Error);
    }

    private LitreProcess Tune(string run, params string[] rest) =>
        LitreProcess.Run([
            "tune",
            "--model",
            _small.Model,
            "--data",
            _small.Data,
            "--output",
            _small.In(run),
            "--device",
            "cpu",
            "--micro-batch-tokens",
            "3000",
            "--validation-share",
            "0.3",
            "--max-new-tokens",
            "2",
            "--min-pixels",
            "1024",
            "--dtype",
            "float32",
            "--feature-folder",
            _small.In("features"),
            .. rest,
        ]);
}
