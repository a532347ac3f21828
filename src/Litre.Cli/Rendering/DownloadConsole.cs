using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Model.Hub;

namespace Litre.Cli.Rendering;

/// <summary>The progress of a model's download on stderr: a status line on a terminal, else a plain line from time to time.</summary>
/// <param name="status">The line to draw; not closed.</param>
internal sealed class DownloadConsole(StatusLine status)
{
    private static readonly TimeSpan TerminalPace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PlainPace = TimeSpan.FromSeconds(15);

    private readonly Stopwatch _all = Stopwatch.StartNew();
    private readonly Stopwatch _shown = new();
    private long _from = -1; // bytes already present when the clock started

    /// <summary>Draws on the program's standard error.</summary>
    public DownloadConsole()
        : this(Terminal.Status) { }

    public void WriteLine(string line) => status.WriteLine(OptionText.Render(line));

    public void Show(long done, long total)
    {
        if (_from < 0)
            _from = done;
        if (_shown.IsRunning && _shown.Elapsed < (status.IsTerminal ? TerminalPace : PlainPace))
            return;
        _shown.Restart();
        var rate = (done - _from) / Math.Max(_all.Elapsed.TotalSeconds, 1e-3);
        var line = $"{Terminal.Size(done)} of {Terminal.Size(total)}";
        if (_all.Elapsed.TotalSeconds > 1 && rate > 0)
            line += string.Create(
                    CultureInfo.InvariantCulture,
                    $", {Terminal.Size((long)rate)}/s, {TimeSpan.FromSeconds(Math.Min(3e6, (total - done) / rate)):d\\.hh\\:mm\\:ss} left"
                )
                .Replace(" 0.", " ", StringComparison.Ordinal);
        if (status.IsTerminal)
            status.Show(line);
        else
            status.WriteLine(line);
    }

    /// <summary>Removes an unfinished line from the terminal.</summary>
    public void Clear() => status.Clear();

    public static void Write(TextWriter output, ModelDownloadResult result, string folder)
    {
        if (result.State == ModelDownloadState.Planned)
        {
            foreach (var file in result.Files)
                output.WriteLine($"{(file.Bytes is { } bytes ? Terminal.Size(bytes) : "?"), 12}  {file.Path}");
            if (result.Omitted.Count > 0)
                output.WriteLine($"not needed: {string.Join(", ", result.Omitted.Select(f => f.Path))}");
            output.WriteLine(
                $"would download {Units.Count(result.Files.Count, "file")}, {Terminal.Size(result.Bytes)}, revision "
                    + $"{result.Revision}: {folder}"
            );
            return;
        }
        var how = result.State == ModelDownloadState.AlreadyThere ? "already complete:" : "downloaded and verified:";
        var cached = result.FromCacheBytes > 0 ? $" ({Terminal.Size(result.FromCacheBytes)} from the hub's cache)" : "";
        output.WriteLine(
            $"{how} {Units.Count(result.Files.Count, "file")}, {Terminal.Size(result.Bytes)}{cached}, revision {result.Revision}: {folder}"
        );
        if (result.Omitted.Count > 0)
            output.WriteLine($"not needed, not downloaded: {string.Join(", ", result.Omitted.Select(f => f.Path))}");
        output.WriteLine($"check whether a run fits: litre plan --model {folder} --data YOUR-DATA");
    }
}
