using System.Globalization;
using System.Text;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// A line of text with a cursor and a history, edited by keys. Independent of a terminal. The cursor is always between
/// characters as users see them, never inside one. Not thread-safe.
/// </summary>
internal sealed class LineEditor
{
    private const string LineEnd = "↵"; // shown for a line break inside pasted text

    private readonly List<string> _history = [];
    private string _draft = "";
    private int _at; // index in the history; its count for the new line
    private char _half; // the first half of a surrogate pair

    /// <summary>The text of the line.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Chars of <see cref="Text"/> before the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>
    /// Returns the text before the cursor, completed as far as it is unambiguous, and the possible completions; null for no
    /// completion.
    /// </summary>
    public Func<string, (string Text, IReadOnlyList<string> Choices)>? Complete { get; init; }

    /// <summary>The possible completions, after a Tab that was ambiguous.</summary>
    public IReadOnlyList<string> Choices { get; private set; } = [];

    /// <summary>Starts an empty line; the history stays.</summary>
    public void Begin() => (Text, Cursor, _at, _half, Choices) = ("", 0, _history.Count, '\0', []);

    /// <summary>Adds a line to the history, for the keys up and down.</summary>
    public void Remember(string line)
    {
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
            _history.Add(line);
    }

    /// <summary>Inserts text at the cursor, such as pasted text; line breaks are kept.</summary>
    public void Insert(string text)
    {
        var visible = VisibleText.Of(text.ReplaceLineEndings("\n").Replace("\t", "    ", StringComparison.Ordinal));
        Text = Text.Insert(Cursor, visible);
        Cursor += visible.Length;
    }

    /// <summary>Handles a key.</summary>
    public LineEvent Press(ConsoleKeyInfo key)
    {
        Choices = [];
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var word = control || key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return LineEvent.Entered;
            case ConsoleKey.C when control && Text.Length > 0:
                Begin();
                return LineEvent.Dropped;
            case ConsoleKey.C when control:
                return LineEvent.Interrupted;
            case ConsoleKey.D when control && Text.Length == 0:
                return LineEvent.Ended;
            case ConsoleKey.L when control:
                return LineEvent.Redrawn;
            case ConsoleKey.Delete or ConsoleKey.D when key.Key == ConsoleKey.Delete || control:
                Remove(Cursor, Next(Cursor));
                break;
            case ConsoleKey.Backspace when word:
                Remove(WordBefore(), Cursor);
                break;
            case ConsoleKey.Backspace:
                Remove(Before(Cursor), Cursor);
                break;
            case ConsoleKey.H when control:
                Remove(Before(Cursor), Cursor);
                break;
            case ConsoleKey.W when control:
                Remove(WordBefore(), Cursor);
                break;
            case ConsoleKey.U when control:
                Remove(0, Cursor);
                break;
            case ConsoleKey.K when control:
                Remove(Cursor, Text.Length);
                break;
            case ConsoleKey.LeftArrow when word:
                Cursor = WordBefore();
                break;
            case ConsoleKey.RightArrow when word:
                Cursor = WordAfter();
                break;
            case ConsoleKey.LeftArrow or ConsoleKey.B when key.Key == ConsoleKey.LeftArrow || control:
                Cursor = Before(Cursor);
                break;
            case ConsoleKey.RightArrow or ConsoleKey.F when key.Key == ConsoleKey.RightArrow || control:
                Cursor = Next(Cursor);
                break;
            case ConsoleKey.Home or ConsoleKey.A when key.Key == ConsoleKey.Home || control:
                Cursor = 0;
                break;
            case ConsoleKey.End or ConsoleKey.E when key.Key == ConsoleKey.End || control:
                Cursor = Text.Length;
                break;
            case ConsoleKey.UpArrow or ConsoleKey.P when key.Key == ConsoleKey.UpArrow || control:
                Recall(_at - 1);
                break;
            case ConsoleKey.DownArrow or ConsoleKey.N when key.Key == ConsoleKey.DownArrow || control:
                Recall(_at + 1);
                break;
            case ConsoleKey.Tab:
                Tab();
                break;
            default:
                Type(key.KeyChar);
                break;
        }
        return LineEvent.Edited;
    }

    /// <summary>Returns the part of the line around the cursor that fits, and the column of the cursor in it.</summary>
    /// <param name="columns">The width available for the line and the cursor after it.</param>
    public (string Visible, int Column) View(int columns)
    {
        var visible = new StringBuilder();
        var (column, start, at) = (0, 0, 0);
        // From the cursor back to the first character that still fits.
        var before = Elements(0, Cursor).ToList();
        for (start = before.Count; start > 0 && column + before[start - 1].Width < columns; start--)
            column += before[start - 1].Width;
        for (at = start; at < before.Count; at++)
            visible.Append(before[at].Shown);
        var used = column;
        foreach (var (shown, width) in Elements(Cursor, Text.Length))
        {
            if (used + width >= columns)
                break;
            visible.Append(shown);
            used += width;
        }
        return (visible.ToString(), column);
    }

    private IEnumerable<(string Shown, int Width)> Elements(int from, int to)
    {
        for (var at = from; at < to; )
        {
            var length = Math.Min(StringInfo.GetNextTextElementLength(Text, at), to - at);
            var shown = Text[at] == '\n' ? LineEnd : Text.Substring(at, length);
            yield return (shown, CellText.ElementWidth(shown));
            at += length;
        }
    }

    private void Type(char character)
    {
        if (char.IsHighSurrogate(character))
        {
            _half = character;
            return;
        }
        if (char.IsLowSurrogate(character) && _half != '\0')
            Insert(new string([_half, character]));
        // A line break without Enter is part of pasted text.
        else if (!char.IsControl(character) || character == '\n')
            Insert(character.ToString());
        _half = '\0';
    }

    private void Tab()
    {
        if (Complete is null)
            return;
        var (completed, choices) = Complete(Text[..Cursor]);
        Text = completed + Text[Cursor..];
        Cursor = completed.Length;
        Choices = choices.Count > 1 ? choices : [];
    }

    private void Recall(int line)
    {
        if (line < 0 || line > _history.Count)
            return;
        if (_at == _history.Count)
            _draft = Text;
        _at = line;
        Text = line == _history.Count ? _draft : _history[line];
        Cursor = Text.Length;
    }

    private void Remove(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        Cursor = from;
    }

    private int Next(int at) => at < Text.Length ? at + StringInfo.GetNextTextElementLength(Text, at) : at;

    private int Before(int cursor)
    {
        var at = 0;
        for (var next = 0; next < cursor; next = Next(next))
            at = next;
        return at;
    }

    private int WordBefore()
    {
        var at = Cursor;
        while (at > 0 && char.IsWhiteSpace(Text[at - 1]))
            at--;
        while (at > 0 && !char.IsWhiteSpace(Text[at - 1]))
            at--;
        return at;
    }

    private int WordAfter()
    {
        var at = Cursor;
        while (at < Text.Length && char.IsWhiteSpace(Text[at]))
            at++;
        while (at < Text.Length && !char.IsWhiteSpace(Text[at]))
            at++;
        return at;
    }
}
