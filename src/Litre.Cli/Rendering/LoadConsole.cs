using System.Diagnostics;
using Litre.Model.Weights;

namespace Litre.Cli.Rendering;

/// <summary>
/// How far a model is loaded, on stderr: on a terminal a line drawn over itself and then what it took. Without a terminal only
/// the latter, and not for small models, which are there at once.
/// </summary>
/// <param name="status">Where to draw; not closed.</param>
internal sealed class LoadConsole(StatusLine status) : IDisposable
{
    private const long NotableBytes = 1L << 30;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _shown = new();

    /// <summary>On the program's own standard error.</summary>
    public LoadConsole()
        : this(Terminal.Status) { }

    /// <summary>Whether the last line is written; off where it goes into a log that is shown too.</summary>
    public bool ShowsCompletion { get; init; } = true;

    public void Show(LoadProgress progress)
    {
        if (progress.IsComplete)
        {
            status.Clear();
            if (ShowsCompletion && (status.IsTerminal || progress.TotalBytes >= NotableBytes))
                status.WriteLine(OptionText.Render(progress.ToString()));
            return;
        }
        if (_shown.IsRunning && _shown.Elapsed < Pace)
            return;
        _shown.Restart();
        status.Show(progress.ToString());
    }

    /// <summary>Takes an unfinished line off the terminal.</summary>
    public void Dispose() => status.Clear();
}
