using Litre.Cli.Rendering;
using Litre.Machine.Doctor;
using Litre.Torch;
using Spectre.Console;

namespace Litre.Cli.Tests.Rendering;

public sealed class DoctorReportTests
{
    private static readonly Finding Long = new(
        FindingGroup.Disk,
        "read rate",
        FindingLevel.Problem,
        string.Concat(Enumerable.Repeat("some words [that] are wrapped ", 8)).TrimEnd(),
        "do " + string.Concat(Enumerable.Repeat("this and then that ", 8)).TrimEnd()
    );

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(160)]
    public void Write_LongTexts_WrapByWordsUnderTheirColumn(int width)
    {
        var lines = Lines(width, report => report.Write([Long, new Finding(FindingGroup.Disk, "free", FindingLevel.Ok, "much")], "Disk"));
        Assert.Equal("Disk", lines[0]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width - 1));
        Assert.StartsWith("  problem  read rate      some words [that]", lines[1]);
        Assert.All(lines.Skip(2).SkipLast(1), line => Assert.StartsWith(new string(' ', 26) + line.Trim()[0], line));
        Assert.Equal(Long.Evidence + " to do: " + Long.Advice, string.Join(' ', lines.Skip(1).SkipLast(1).Select(line => line[26..])));
        Assert.Equal("  ok       free           much", lines[^1]);
    }

    [Fact]
    public void Write_Settings_AreOptionsOfTheCommandLine()
    {
        var finding = new Finding(FindingGroup.Disk, "room", FindingLevel.Problem, "less than `memory 1GiB`", "choose another `output`");
        var lines = Lines(160, report => report.Write([finding], "Disk"));
        Assert.EndsWith("less than --memory 1GiB", lines[1]);
        Assert.EndsWith("to do: choose another --output", lines[2]);
    }

    [Fact]
    public void Write_PathLongerThanTheLine_StaysInOnePiece()
    {
        var path = "/" + new string('a', 150);
        Assert.Contains(
            Lines(100, report => report.Write([Long with { Evidence = $"found at {path}" }], "Disk")),
            line => line.EndsWith(path, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void WriteOperators_WrongRow_IsMarkedWithItsReason()
    {
        var row = new OperatorRow(
            "things",
            "flash",
            DType.BFloat16,
            new OperatorPath("plain [products]", IsFallback: true),
            double.NaN,
            2e-2,
            "no kernel"
        );
        var lines = Lines(100, report => report.WriteOperators([row, row with { Failure = null, Error = 1e-3 }]));
        Assert.Contains(
            lines,
            line =>
                line.Contains("fallback: plain [products]", StringComparison.Ordinal)
                && line.Contains("no kernel", StringComparison.Ordinal)
                && line.Contains("WRONG", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line => line.Contains("1.0e-03", StringComparison.Ordinal) && line.TrimEnd().EndsWith("ok", StringComparison.Ordinal)
        );
    }

    private static string[] Lines(int width, Action<DoctorReport> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(text),
            }
        );
        console.Profile.Width = width;
        write(new DoctorReport(console));
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}
