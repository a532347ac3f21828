using Litre.Cli.Errors;

namespace Litre.Cli.Tests.Commands;

public sealed class DataMakeCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-make-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("drawings", "iso, din, plain, varied")]
    [InlineData("charts", "classic, grid, report")]
    public void Make_Data_PassCheckAndPreview(string kind, string styles)
    {
        var made = LitreProcess.Run(
            "data",
            "make",
            kind,
            "--count",
            "10",
            "--seed",
            "5",
            "--turns",
            "2",
            "--language",
            "both",
            "--output",
            Data
        );
        Assert.Equal((ExitCode.Success, ""), (made.ExitCode, made.Error));
        Assert.Contains($"wrote 10 images ({styles}) and 32 train, 4 validation, 4 test rows to {Data}", made.Output);
        var check = LitreProcess.Run("data", "check", Data, "--strict");
        Assert.Equal((ExitCode.Success, ""), (check.ExitCode, check.Error));
        Assert.Contains("40 of 40 rows can be used", check.Output);
        Assert.Equal(ExitCode.Success, LitreProcess.Run("data", "preview", Data, "--html", Path.Combine(_folder, "page.html")).ExitCode);
    }

    [Fact]
    public void Make_SidesInImages_AreTaken()
    {
        var made = LitreProcess.Run(
            "data",
            "make",
            "drawings",
            "--style",
            "company",
            "--train",
            "4",
            "--test",
            "2",
            "--questions",
            "3",
            "--output",
            Data
        );
        Assert.Contains("wrote 6 images (company) and 12 train, 0 validation, 6 test rows", made.Output);
    }

    [Theory]
    [InlineData("paintings --output DATA", "paintings")]
    [InlineData("drawings", "--output")]
    [InlineData("drawings --output DATA --count 0", "--count 0")]
    [InlineData("drawings --output DATA --count 5 --train 3", "--count 5")]
    [InlineData("drawings --output DATA --train 0", "at least one image")]
    [InlineData("charts --output DATA --style company", "--style company")]
    [InlineData("charts --output DATA --language fr", "fr")]
    [InlineData("charts --output DATA --turns 0", "--turns 0")]
    [InlineData("charts --output FULL", "not empty")]
    [InlineData("charts --output ", "--output: is empty")]
    public void Make_BadInput_OneLineAndExitCodeTwo(string arguments, string word)
    {
        File.WriteAllText(Path.Combine(_folder, "mine.txt"), "mine");
        var litre = LitreProcess.Run([
            "data",
            "make",
            .. arguments
                .Split(' ')
                .Select(a =>
                    a switch
                    {
                        "DATA" => Data,
                        "FULL" => _folder,
                        _ => a,
                    }
                ),
        ]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(word, litre.Error);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(_folder).Select(f => Path.GetFileName(f)!));
    }
}
