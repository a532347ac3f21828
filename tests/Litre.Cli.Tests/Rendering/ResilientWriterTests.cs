using Litre.Cli.Rendering;

namespace Litre.Cli.Tests.Rendering;

public sealed class ResilientWriterTests
{
    [Theory]
    [InlineData(5, false)] // EIO: a closed terminal
    [InlineData(32, false)] // EPIPE: a reader that left
    [InlineData(28, true)] // ENOSPC: what was to be kept is not there
    public void Write_StreamThatFails_NeverThrowsAndKeepsWhatMatters(int error, bool isFailure)
    {
        var writer = new ResilientWriter(new FailingWriter(error));
        writer.Write("a");
        writer.WriteLine("b");
        writer.Write('c');
        writer.Flush();
        Assert.True(writer.IsGone);
        Assert.Equal(isFailure, writer.Failure is not null);
    }

    [Fact]
    public void Write_StreamThatWorks_PassesEverythingOn()
    {
        var text = new StringWriter();
        var writer = new ResilientWriter(text);
        writer.Write("a");
        writer.Write(['b', 'c', 'd'], 1, 2);
        writer.Write("ef".AsSpan());
        writer.Write('g');
        writer.WriteLine("h");
        writer.WriteLine();
        Assert.Equal($"acdefgh{text.NewLine}{text.NewLine}", text.ToString());
        Assert.False(writer.IsGone);
    }

    private sealed class FailingWriter(int error) : StringWriter
    {
        public override void Write(string? value) => throw new IOException("it failed", error);
    }
}
