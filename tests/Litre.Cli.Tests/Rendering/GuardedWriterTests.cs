using System.Text.Json;
using Litre.Cli.Rendering;
using Litre.Core;
using Spectre.Console;

namespace Litre.Cli.Tests.Rendering;

public sealed class GuardedWriterTests
{
    private const string Hostile = "a\e[31mred\u0007\u009b2J\r\u202eexe\u2066\u007f";
    private const string Shown = "a\\u001b[31mred\\u0007\\u009b2J\\u000d\\u202eexe\\u2066\\u007f";

    private readonly StringWriter _screen = new() { NewLine = "\n" };

    [Fact]
    public void Write_EveryOverload_ShowsWhatWouldSteer()
    {
        using var writer = new GuardedWriter(_screen) { NewLine = "\n" };
        writer.Write(Hostile);
        writer.WriteLine(Hostile);
        writer.Write(Hostile.AsSpan());
        writer.Write(Hostile.ToCharArray());
        foreach (var character in Hostile)
            writer.Write(character);
        writer.WriteLine("{0}", Hostile);
        writer.Write((object)Hostile);
        Assert.Equal($"{Shown}{Shown}\n{Shown}{Shown}{Shown}{Shown}\n{Shown}", _screen.ToString());
    }

    [Fact]
    public void Write_LinesTabsAndAllScripts_PassUnchanged()
    {
        const string Text = "图纸 φ12.5±0.02\tעברית 👩‍🔧\n\n";
        using var writer = new GuardedWriter(_screen);
        writer.Write(Text);
        Assert.Equal(Text, _screen.ToString());
        writer.Write("windows\r\nlines\r\n");
        Assert.EndsWith("windows\nlines\n", _screen.ToString());
    }

    [Fact]
    public void Write_Json_StaysTheSameJson()
    {
        var options = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var writer = new GuardedWriter(_screen);
        writer.Write(JsonSerializer.Serialize(new { answer = Hostile }, options));
        Assert.False(VisibleText.Steers(_screen.ToString()));
        Assert.Equal(Hostile, JsonDocument.Parse(_screen.ToString()).RootElement.GetProperty("answer").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Console_TablesAndMarkup_KeepOnlyTheirOwnSequences(bool isTerminal)
    {
        var console = Terminal.Create(_screen, isTerminal);
        console.Write(new Table().AddColumn(Markup.Escape(Hostile)).AddRow(new Text(Hostile)));
        console.MarkupLineInterpolated($"[red]{Hostile}[/]");
        console.WriteLine(Hostile);
        console.Line(Hostile);
        var text = _screen.ToString();
        Assert.DoesNotContain("\e[31mred", text);
        Assert.DoesNotContain("\u202e", text);
        Assert.DoesNotContain("\u009b", text);
        if (!isTerminal)
            Assert.False(VisibleText.Steers(text));
        Assert.Contains("\\u001b[31mred", text);
    }

    [Fact]
    public void StatusLine_HostileAndWide_StaysOneLine()
    {
        var status = new StatusLine(_screen, isTerminal: true, () => 11);
        status.Show("图图图图图图图图");
        Assert.Equal("\r图图图图图\e[K", _screen.ToString());
        status.Show("a\e[5A\nb");
        Assert.EndsWith("\ra\\u001b[5A\e[K", _screen.ToString());
        status.Clear();
        status.Clear();
        Assert.EndsWith("\e[K\r\e[K", _screen.ToString());
        new StatusLine(_screen, isTerminal: false).Show("never");
        Assert.DoesNotContain("never", _screen.ToString());
    }
}
