using Litre.Cli.Rendering;

namespace Litre.Cli.Tests.Rendering;

public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new();

    public LineEditorTests() => _editor.Begin();

    [Theory]
    [InlineData("abc", "", "abc|")]
    [InlineData("abc", "Left Left", "a|bc")]
    [InlineData("abc", "Home Delete", "|bc")]
    [InlineData("abc", "Home Right Backspace", "|bc")]
    [InlineData("abc", "Home Left Backspace", "|abc")]
    [InlineData("abc", "^A", "|abc")]
    [InlineData("abc", "^A ^E", "abc|")]
    [InlineData("abc", "Left ^K", "ab|")]
    [InlineData("abc", "Left ^U", "|c")]
    [InlineData("one two  three", "^W", "one two  |")]
    [InlineData("one two ", "^W ^W", "|")]
    [InlineData("one two", "^Left ^Left ^Right", "one| two")]
    [InlineData("ab", "Home ^D", "|b")]
    [InlineData("图纸", "Left Backspace", "|纸")]
    [InlineData("a😀b", "Left Backspace", "a|b")]
    [InlineData("a👩‍🔧b", "Left Left", "a|👩‍🔧b")]
    [InlineData("é", "Backspace", "|")] // e with a combining accent
    public void Press_Keys_EditTheLine(string typed, string keys, string expected)
    {
        Type(typed);
        foreach (var key in keys.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Press(key);
        Assert.Equal(expected, _editor.Text.Insert(_editor.Cursor, "|"));
    }

    [Fact]
    public void Press_UpAndDown_GoThroughTheSessionAndKeepTheDraft()
    {
        foreach (var line in (string[])["first", "second", "second", ""])
            _editor.Remember(line);
        _editor.Begin();
        Type("draft");
        string[] seen =
        [
            .. ((string[])["UpArrow", "UpArrow", "UpArrow", "DownArrow", "DownArrow", "DownArrow"]).Select(key =>
            {
                Press(key);
                return _editor.Text;
            }),
        ];
        Assert.Equal(["second", "first", "first", "second", "draft", "draft"], seen);
    }

    [Fact]
    public void Press_ControlCAndD_LeaveOnlyAnEmptyLine()
    {
        Type("x");
        Assert.Equal(LineEvent.Edited, Press("^D"));
        Assert.Equal(LineEvent.Dropped, Press("^C"));
        Assert.Empty(_editor.Text);
        Assert.Equal(LineEvent.Interrupted, Press("^C"));
        Assert.Equal(LineEvent.Ended, Press("^D"));
        Assert.Equal(LineEvent.Redrawn, Press("^L"));
        Assert.Equal(LineEvent.Entered, Press("Enter"));
    }

    [Fact]
    public void Insert_PastedLines_StayOneTextAndSteerNothing()
    {
        _editor.Insert("one\r\ntwo\rthree\e[31m\tx");
        Assert.Equal("one\ntwo\nthree\\u001b[31m    x", _editor.Text);
        Assert.DoesNotContain('\n', _editor.View(80).Visible);
    }

    [Fact]
    public void View_AnyWidthAndCursor_FitsWithTheCursorInside()
    {
        Type("a long line 图纸上的文字 with 😀 and e\u0301 in it, longer than the window");
        for (var i = 0; i < 70; i++)
        {
            for (var columns = 2; columns < 90; columns++)
            {
                var (visible, column) = _editor.View(columns);
                Assert.InRange(CellText.Width(visible), 0, columns - 1);
                Assert.InRange(column, 0, columns - 1);
            }
            Press("Left");
        }
        Assert.Equal(0, _editor.View(10).Column);
        Assert.StartsWith("a long", _editor.View(10).Visible);
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("图纸", 4)]
    [InlineData("한국어", 6)]
    [InlineData("😀", 2)]
    [InlineData("👩‍🔧", 2)]
    [InlineData("❤️", 2)]
    [InlineData("é", 1)]
    public void CellText_Scripts_TakeTheColumnsOfATerminal(string text, int columns) => Assert.Equal(columns, CellText.Width(text));

    private void Type(string text)
    {
        foreach (var character in text)
            _editor.Press(new ConsoleKeyInfo(character, ConsoleKey.None, false, false, false));
    }

    // ^X is control and a key; arrows need not say Arrow.
    private LineEvent Press(string name)
    {
        var control = name[0] == '^';
        var key = name.TrimStart('^') switch
        {
            "Left" => "LeftArrow",
            "Right" => "RightArrow",
            var other => other,
        };
        return _editor.Press(new ConsoleKeyInfo('\0', Enum.Parse<ConsoleKey>(key), false, false, control));
    }
}
