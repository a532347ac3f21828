using System.Globalization;
using System.Text;
using Litre.Core;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>
/// A few lines at the bottom of a terminal that are redrawn in place. Between two drawings the cursor is visible below them, so
/// that the terminal stays usable however the program ends. Control characters in texts are shown in visible form. Not
/// thread-safe.
/// </summary>
/// <param name="console">A console that understands ANSI sequences.</param>
internal sealed class LiveBlock(IAnsiConsole console)
{
    private const int FallbackWidth = 80; // for a terminal that does not report its size

    private readonly List<int> _drawn = []; // visible widths of the lines on the screen
    private int _drawnWidth; // the width of the terminal at that time

    /// <summary>The columns available to a line.</summary>
    public int Width => (console.Profile.Width is var width and > 0 ? width : FallbackWidth) - 1;

    /// <summary>The lines that fit on the terminal above the line of the cursor.</summary>
    public int Height => console.Profile.Height is var height and > 1 ? height - 1 : int.MaxValue;

    /// <summary>
    /// Draws the lines in place of the previous ones. Each is a list of texts with styles, truncated at <see cref="Width"/>; lines
    /// beyond <see cref="Height"/> are omitted.
    /// </summary>
    public void Draw(IReadOnlyList<IReadOnlyList<(string Text, string Style)>> lines)
    {
        var width = Width;
        var output = new StringBuilder(Up());
        // A resized terminal remembers which rows it wrapped, and would join new text in them.
        if (width != _drawnWidth)
            output.Append("\e[J");
        _drawnWidth = width;
        _drawn.Clear();
        foreach (var line in lines.Take(Height))
        {
            var markup = new StringBuilder();
            var used = 0;
            foreach (var (text, style) in line)
            {
                var part = CellText.Cut(VisibleText.OneLine(text), width - used);
                used += CellText.Width(part);
                if (part.Length > 0)
                    markup.Append(style.Length > 0 ? $"[{style}]{Markup.Escape(part)}[/]" : Markup.Escape(part));
            }
            // Each line is cleared after it is drawn: clearing the screen first would flicker.
            output.Append(console.ToAnsi(new Markup(markup.ToString())).TrimEnd('\n')).Append("\e[K\n");
            _drawn.Add(used);
        }
        console.Profile.Out.Writer.Write(output.Append("\e[J"));
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Removes the lines from the screen; the next output takes their place.</summary>
    public void Erase()
    {
        if (_drawn.Count == 0)
            return;
        console.Profile.Out.Writer.Write(Up() + "\e[J");
        console.Profile.Out.Writer.Flush();
        _drawn.Clear();
    }

    /// <summary>Keeps the lines on the screen and stops managing them.</summary>
    public void Release() => _drawn.Clear();

    // A narrowed terminal has wrapped the lines into more rows than were written.
    private string Up()
    {
        var columns = Width + 1;
        var rows = _drawn.Sum(width => Math.Max(1, (width + columns - 1) / columns));
        return rows > 0 ? string.Create(CultureInfo.InvariantCulture, $"\r\e[{rows}A") : "\r";
    }
}
