using System.Globalization;
using System.Text;

namespace Litre.Cli.Tests.Rendering;

/// <summary>A terminal of some width: what a user sees after all the text and control sequences were written to it.</summary>
internal sealed class Screen(int width) : TextWriter
{
    private readonly List<StringBuilder> _rows = [new()];
    private readonly StringBuilder _sequence = new();
    private int _row;
    private int _column;

    public override Encoding Encoding => Encoding.UTF8;

    public int Width { get; private set; } = width;

    public bool CursorAtLineStart => _column == 0;

    public int CursorRow => _row;

    public string[] Rows => [.. _rows.Select(row => row.ToString().TrimEnd())];

    /// <summary>Makes the terminal narrower, breaking rows as terminals do; the cursor stays with its row.</summary>
    public void Narrow(int width)
    {
        Width = width;
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_rows[i].ToString().TrimEnd() is not { } text || text.Length <= width)
                continue;
            _rows[i] = new StringBuilder(text[..width]);
            _rows.Insert(i + 1, new StringBuilder(text[width..]));
            if (i < _row)
                _row++;
        }
    }

    public override void Write(char value)
    {
        if (_sequence.Length > 0 || value == '\e')
        {
            _sequence.Append(value);
            // A sequence begins with ESC [ and ends with a letter.
            if (_sequence.Length > 2 && char.IsAsciiLetter(value))
                Obey();
            return;
        }
        switch (value)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                Down();
                break;
            default:
                if (_column == Width)
                    Down();
                var row = _rows[_row];
                while (row.Length <= _column)
                    row.Append(' ');
                row[_column++] = value;
                break;
        }
    }

    private void Down()
    {
        _column = 0;
        if (++_row == _rows.Count)
            _rows.Add(new StringBuilder());
    }

    private void Obey()
    {
        var sequence = _sequence.ToString();
        _sequence.Clear();
        switch (sequence[^1])
        {
            case 'A':
                _row -= int.Parse(sequence.AsSpan(2, sequence.Length - 3), NumberStyles.None, CultureInfo.InvariantCulture);
                Assert.InRange(_row, 0, _rows.Count);
                break;
            case 'K':
                _rows[_row].Length = Math.Min(_rows[_row].Length, _column);
                break;
            case 'J':
                _rows[_row].Length = Math.Min(_rows[_row].Length, _column);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            default:
                Assert.Equal('m', sequence[^1]); // colours; anything else is not expected of the program
                break;
        }
    }
}
