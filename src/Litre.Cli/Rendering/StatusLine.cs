using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// One line of a terminal that is redrawn in place, such as a progress line. It is never wider than the terminal, because a
/// wrapped line could not be redrawn. Nothing is drawn without a terminal. Not thread-safe.
/// </summary>
/// <param name="writer">The stream without a guard; this class guards the text.</param>
/// <param name="isTerminal">Whether it can return to the beginning of the line.</param>
/// <param name="columns">Returns the current width of the terminal; null if lines need no limit.</param>
internal sealed class StatusLine(TextWriter writer, bool isTerminal, Func<int>? columns = null)
{
    private bool _drawn;

    /// <summary>Whether anything is drawn.</summary>
    public bool IsTerminal => isTerminal;

    /// <summary>Draws the text in place of the previous one.</summary>
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

    /// <summary>Removes the line from the terminal.</summary>
    public void Clear()
    {
        if (!_drawn)
            return;
        writer.Write("\r\e[K");
        writer.Flush();
        _drawn = false;
    }

    /// <summary>Keeps the line; the next output is written below it.</summary>
    public void Release()
    {
        if (_drawn)
            writer.WriteLine();
        _drawn = false;
    }

    /// <summary>Writes a permanent line in place of the drawn one.</summary>
    public void WriteLine(string text)
    {
        Clear();
        writer.WriteLine(VisibleText.Of(text));
    }
}
