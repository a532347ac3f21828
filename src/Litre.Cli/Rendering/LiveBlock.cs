using System.Globalization;
using System.Text;
using Litre.Core;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>
/// A few lines at the bottom of a terminal that are drawn over themselves. Between two drawings the cursor stands visible
/// below them, so that whatever ends the program, and however, leaves a usable terminal. Texts are shown, never obeyed: what
/// would steer the terminal is spelled out. Not thread-safe.
/// </summary>
/// <param name="console">A console that understands ANSI sequences.</param>
internal sealed class LiveBlock(IAnsiConsole console)
{
    private const int FallbackWidth = 80; // of a terminal that does not know its size

    private readonly List<int> _drawn = []; // visible widths of the lines on the screen
    private int _drawnWidth; // of the terminal at that time

    /// <summary>Columns that a line may take.</summary>
    public int Width => (console.Profile.Width is var width and > 0 ? width : FallbackWidth) - 1;

    /// <summary>Lines that the terminal has room for, with the one below them that the cursor stands in.</summary>
    public int Height => console.Profile.Height is var height and > 1 ? height - 1 : int.MaxValue;

    /// <summary>
    /// Draws the lines over those drawn before. Each is a list of texts with their styles, and is cut at <see cref="Width"/>; those
    /// beyond <see cref="Height"/> are omitted.
    /// </summary>
    public void Draw(IReadOnlyList<IReadOnlyList<(string Text, string Style)>> lines)
    {
        var width = Width;
        var output = new StringBuilder(Up());
        // A resized terminal remembers which rows it broke, and would join what is drawn over them.
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
            // Cleared to its end rather than beforehand: a cleared screen between two drawings flickers.
            output.Append(console.ToAnsi(new Markup(markup.ToString())).TrimEnd('\n')).Append("\e[K\n");
            _drawn.Add(used);
        }
        console.Profile.Out.Writer.Write(output.Append("\e[J"));
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Takes the lines off the screen, so that what is written next stands in their place.</summary>
    public void Erase()
    {
        if (_drawn.Count == 0)
            return;
        console.Profile.Out.Writer.Write(Up() + "\e[J");
        console.Profile.Out.Writer.Flush();
        _drawn.Clear();
    }

    /// <summary>Leaves the lines where they are and forgets them.</summary>
    public void Release() => _drawn.Clear();

    // A terminal made narrower has broken our lines into more rows than we wrote.
    private string Up()
    {
        var columns = Width + 1;
        var rows = _drawn.Sum(width => Math.Max(1, (width + columns - 1) / columns));
        return rows > 0 ? string.Create(CultureInfo.InvariantCulture, $"\r\e[{rows}A") : "\r";
    }
}
