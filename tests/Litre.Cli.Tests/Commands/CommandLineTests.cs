using Litre.Cli.Errors;

namespace Litre.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public void Litre_NoArguments_PrintsHelp()
    {
        var litre = LitreProcess.Run();
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("doctor", litre.Output);
        Assert.Empty(litre.Error);
    }

    [Fact]
    public void Litre_Version_PrintsNameAndNumber()
    {
        var litre = LitreProcess.Run("--version");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Matches(@"^litre \d+\.\d+\.\d+( \([0-9a-f]+\))?\n$", litre.Output);
    }

    [Theory]
    [InlineData("litre --help", "docto")]
    [InlineData("litre doctor --help", "doctor", "--fast")]
    [InlineData("litre doctor --help", "doctor", "everything")]
    public void Litre_Mistake_OneLineWithTheHelpToRead(string help, params string[] arguments)
    {
        var litre = LitreProcess.Run(arguments);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Empty(litre.Output);
        Assert.Matches($"^litre: [^\n]*'{arguments[^1]}'[^\n]*`{help}`[^\n]*\n$", litre.Error);
    }
}
