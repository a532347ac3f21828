using System.Reflection;
using Litre.Cli.Errors;
using Litre.Core;

namespace Litre.Cli.Tests.Errors;

public sealed class FailureReportTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose() => _error.Dispose();

    private int Write(Exception failure) => FailureReport.Write(failure, ["tune", "--model", "m"], _error);

    [Fact]
    public void Write_InputException_OneLineAndExitCodeTwo()
    {
        Assert.Equal(2, Write(new InputException("config.json: rank 0\nis not positive")));
        Assert.Equal("litre: config.json: rank 0 is not positive\n", _error.ToString());
    }

    [Fact]
    public void Write_FailureAboutASetting_NamesOptions()
    {
        Assert.Equal(2, Write(new InputException("max-tokens", 12, "no sample is so short", "raise it, or lower `max-pixels`")));
        Assert.Equal("litre: --max-tokens 12: no sample is so short; raise it, or lower --max-pixels\n", _error.ToString());
    }

    [Fact]
    public void Write_InputExceptionInsideWrappers_IsStillTheUsersMistake()
    {
        var inner = new InputException("no usable libtorch");
        Assert.Equal(2, Write(new TypeInitializationException("Native", new TargetInvocationException(new AggregateException(inner)))));
        Assert.Equal("litre: no usable libtorch\n", _error.ToString());
    }

    [Fact]
    public void Write_Cancellation_ExitsAsAShellExpects() => Assert.Equal(130, Write(new TaskCanceledException()));

    [Fact]
    public void Write_AnythingElse_KeepsTheTraceInAFile()
    {
        Assert.Equal(70, Write(new InvalidOperationException("impossible")));
        var lines = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("litre: internal error: impossible", lines[0]);
        var log = lines[1].Split(' ').Single(word => word.EndsWith(".log;", StringComparison.Ordinal)).TrimEnd(';');
        var trace = File.ReadAllText(log);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        File.Delete(log);
        Assert.Contains("litre tune --model m", trace);
        Assert.Contains(nameof(InvalidOperationException), trace);
    }
}
