using System.Runtime.InteropServices;
using System.Text;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// Reads a line from a terminal, edited with a <see cref="LineEditor"/>, in one row that scrolls sideways. Text that the terminal
/// pastes in brackets stays one text even if it has several lines.
/// </summary>
/// <param name="writer">The stream of the terminal, without a guard.</param>
/// <param name="editor">Edits the line, and keeps the history of the session.</param>
/// <param name="columns">Returns the current width of the terminal.</param>
internal sealed class PromptLine(TextWriter writer, LineEditor editor, Func<int> columns) : IDisposable
{
    private const string Prompt = "> ";
    private const string PasteBegins = "[200~"; // after an escape
    private const string PasteEnds = "\e[201~";
    private const int MaxChoices = 100;

    private readonly Lock _gate = new();
    private PosixSignalRegistration? _resized;
    private int _width;
    private int _column;
    private bool _reads;

    /// <summary>Returns the entered line; null at the end of input.</summary>
    /// <exception cref="OperationCanceledException">Ctrl+C was pressed on an empty line.</exception>
    public string? Read()
    {
        _resized ??= OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resize());
        editor.Begin();
        Console.TreatControlCAsInput = true;
        writer.Write("\e[?2004h");
        try
        {
            Draw();
            _reads = true;
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                lock (_gate)
                {
                    var what = Press(key);
                    if (what == LineEvent.Edited && Console.KeyAvailable)
                        continue;
                    switch (what)
                    {
                        case LineEvent.Entered:
                            editor.Remember(editor.Text);
                            Leave();
                            return editor.Text;
                        case LineEvent.Ended:
                            Leave();
                            return null;
                        case LineEvent.Interrupted:
                            Leave();
                            throw new OperationCanceledException();
                        case LineEvent.Redrawn:
                            writer.Write("\e[H\e[2J");
                            break;
                    }
                    if (editor.Choices.Count > 0)
                        List();
                    Draw();
                }
            }
        }
        finally
        {
            _reads = false;
            writer.Write("\e[?2004l");
            writer.Flush();
            Console.TreatControlCAsInput = false;
        }
    }

    public void Dispose() => _resized?.Dispose();

    private LineEvent Press(ConsoleKeyInfo key)
    {
        if (key.Key != ConsoleKey.Escape)
            return editor.Press(key);
        // Other escape sequences are keys without a function here.
        foreach (var expected in PasteBegins)
        {
            if (!Console.KeyAvailable || Console.ReadKey(intercept: true).KeyChar != expected)
                return LineEvent.Edited;
        }
        var pasted = new StringBuilder();
        while (!Ends(pasted))
        {
            var next = Console.ReadKey(intercept: true);
            pasted.Append(next.Key == ConsoleKey.Enter ? '\n' : next.KeyChar);
        }
        pasted.Length -= PasteEnds.Length;
        editor.Insert(pasted.ToString());
        return LineEvent.Edited;
    }

    private static bool Ends(StringBuilder text) =>
        text.Length >= PasteEnds.Length && text.ToString(text.Length - PasteEnds.Length, PasteEnds.Length) == PasteEnds;

    private void Draw()
    {
        _width = columns();
        var (visible, column) = editor.View(Math.Max(2, _width - Prompt.Length));
        _column = Prompt.Length + column;
        writer.Write($"\r{Prompt}{VisibleText.Of(visible)}\e[K\r\e[{_column}C");
        writer.Flush();
    }

    // A narrowed terminal has wrapped the row into several.
    private void Resize()
    {
        lock (_gate)
        {
            if (!_reads || columns() is not (> 0 and var width) || width == _width)
                return;
            if (width < _width && _column / width is > 0 and var rows)
                writer.Write($"\r\e[{rows}A");
            writer.Write("\r\e[J");
            Draw();
        }
    }

    // Below the line, as in shells; the line is then drawn again.
    private void List()
    {
        writer.WriteLine();
        foreach (var choice in editor.Choices.Take(MaxChoices))
            writer.WriteLine(CellText.Cut(VisibleText.OneLine(choice), Math.Max(1, columns() - 1)));
        if (editor.Choices.Count > MaxChoices)
            writer.WriteLine($"and {editor.Choices.Count - MaxChoices} more");
    }

    private void Leave()
    {
        writer.WriteLine();
        writer.Flush();
    }
}
