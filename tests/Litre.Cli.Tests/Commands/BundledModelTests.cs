using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>The model in assets/ reads what its card says it reads, and fails where it should.</summary>
public sealed class BundledModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-").FullName;

    private static string Model => Path.Combine(Repository.Root, "assets", "litre-nano");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("drawings", "all", 0.8, 1)]
    [InlineData("charts", "all", 0.6, 1)]
    [InlineData("drawings", "company", 0, 0.2)]
    public void Eval_HeldOutImages_ReadsItsOwnStylesAndNotTheCompanys(string kind, string style, double least, double most)
    {
        var data = Path.Combine(_folder, "data");
        Assert.Equal(
            ExitCode.Success,
            LitreProcess
                .Run(
                    "data",
                    "make",
                    kind,
                    "--style",
                    style,
                    "--seed",
                    "987",
                    "--train",
                    "0",
                    "--validation",
                    "0",
                    "--test",
                    "40",
                    "--questions",
                    "1",
                    "--language",
                    "both",
                    "--output",
                    data
                )
                .ExitCode
        );
        var litre = LitreProcess.Run(
            "eval",
            "--model",
            Model,
            "--data",
            data,
            "--split",
            "test",
            "--max-new-tokens",
            "64",
            "--device",
            "cpu",
            "--json",
            "--output",
            Path.Combine(_folder, "out")
        );
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        using var json = JsonDocument.Parse(litre.Output);
        var exact = json
            .RootElement.GetProperty("rows")
            .EnumerateArray()
            .First(r => r.GetProperty("group").GetString() == "all" && r.GetProperty("metric").GetString() == "exact_match")
            .GetProperty("base")
            .GetProperty("mean")
            .GetDouble();
        Assert.InRange(exact, least, most);
    }

    [Fact]
    public void Files_AllTogether_TakeAtMostTwentyFourMebibytes() =>
        Assert.InRange(Directory.EnumerateFiles(Model).Sum(f => new FileInfo(f).Length), 20 << 20, 24 << 20);
}
