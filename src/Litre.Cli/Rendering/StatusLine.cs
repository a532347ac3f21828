using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// One line of a terminal that is drawn over itself, such as how far something is. It is never wider than the terminal:
/// a line that wraps could not be drawn over. Nothing is drawn where there is no terminal. Not thread-safe.
/// </summary>
/// <param name="writer">The stream without a guard; what is shown is guarded here.</param>
/// <param name="isTerminal">Whether it understands a return to the line's beginning.</param>
/// <param name="columns">The terminal's width at the moment; null where lines need no limit.</param>
internal sealed class StatusLine(TextWriter writer, bool isTerminal, Func<int>? columns = null)
{
    private bool _drawn;

    /// <summary>Whether anything is drawn at all.</summary>
    public bool IsTerminal => isTerminal;

    /// <summary>Draws the text in place of the one before.</summary>
    public void Show(string text)
    {
        if (!isTerminal)
            return;
        var visible = VisibleText.OneLine(text);
        if (columns?.Invoke() is { } width)
            visible = CellText.Cut(visible, width - 1);
        writer.Write($"\r{visible}\e[K");
        writer.Flush();
        _drawn = true;
    }

    /// <summary>Takes the line off the terminal.</summary>
    public void Clear()
    {
        if (!_drawn)
            return;
        writer.Write("\r\e[K");
        writer.Flush();
        _drawn = false;
    }

    /// <summary>Leaves the line where it is; what comes next stands below.</summary>
    public void Release()
    {
        if (_drawn)
            writer.WriteLine();
        _drawn = false;
    }

    /// <summary>A line that stays, in place of the one that was drawn.</summary>
    public void WriteLine(string text)
    {
        Clear();
        writer.WriteLine(VisibleText.Of(text));
    }
}
