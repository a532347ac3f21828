using System.Diagnostics;
using Litre.Model.Weights;

namespace Litre.Cli.Rendering;

/// <summary>
/// How far a model is loaded, on stderr: on a terminal a line drawn over itself and then what it took. Without a terminal only
/// the latter, and not for small models, which are there at once.
/// </summary>
/// <param name="error">Standard error.</param>
/// <param name="isTerminal">Whether it understands a return to the line's begin.</param>
internal sealed class LoadConsole(TextWriter error, bool isTerminal) : IDisposable
{
    private const long NotableBytes = 1L << 30;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _shown = new();
    private bool _drawn;

    /// <summary>On the program's own standard error.</summary>
    public LoadConsole() : this(Console.Error, !Console.IsErrorRedirected) { }

    /// <summary>Whether the last line is written; off where it goes into a log that is shown too.</summary>
    public bool TellsEnd { get; init; } = true;

    public void Show(LoadProgress progress)
    {
        if (progress.IsComplete)
        {
            // Another line drawn over itself may stand there, such as an export's.
            _drawn |= isTerminal;
            Clear();
            if (TellsEnd && (isTerminal || progress.TotalBytes >= NotableBytes)) error.WriteLine(progress);
            return;
        }
        if (!isTerminal || (_drawn && _shown.Elapsed < Pace)) return;
        _shown.Restart();
        error.Write($"\r{progress}\e[K");
        _drawn = true;
    }

    /// <summary>Takes an unfinished line off the terminal.</summary>
    public void Dispose() => Clear();

    private void Clear()
    {
        if (_drawn) error.Write("\r\e[K");
        _drawn = false;
    }
}
