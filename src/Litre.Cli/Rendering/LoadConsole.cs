using System.Diagnostics;
using Litre.Model.Weights;

namespace Litre.Cli.Rendering;

/// <summary>
/// The progress of loading a model, on stderr: on a terminal a status line, then a summary. Without a terminal only the summary,
/// and none for small models, which load at once.
/// </summary>
/// <param name="status">The line to draw; not closed.</param>
internal sealed class LoadConsole(StatusLine status) : IDisposable
{
    private const long NotableBytes = 1L << 30;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _shown = new();

    /// <summary>Draws on the program's standard error.</summary>
    public LoadConsole()
        : this(Terminal.Status) { }

    /// <summary>Whether the summary is written; off if it goes into a log that is shown as well.</summary>
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

    /// <summary>Removes an unfinished line from the terminal.</summary>
    public void Dispose() => status.Clear();
}
