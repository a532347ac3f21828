using System.Diagnostics;
using Litre.Machine.Setup;

namespace Litre.Cli.Rendering;

/// <summary>The progress of setup on stderr: a status line on a terminal, else a plain line from time to time.</summary>
/// <param name="status">The line to draw; not closed.</param>
internal sealed class SetupConsole(StatusLine status)
{
    private static readonly TimeSpan TerminalPace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainPace = TimeSpan.FromSeconds(15);

    private readonly Stopwatch _shown = new();
    private readonly Stopwatch _file = new();
    private string _name = "";
    private long _from; // bytes already present when the file's clock started

    /// <summary>Draws on the program's standard error.</summary>
    public SetupConsole()
        : this(Terminal.Status) { }

    public void WriteLine(string line) => status.WriteLine(OptionText.Render(line));

    public void Show(SetupProgress progress)
    {
        var isNew = progress.File != _name;
        if (isNew)
        {
            (_name, _from) = (progress.File, progress.DoneBytes);
            _file.Restart();
        }
        var isWhole = progress.DoneBytes == progress.TotalBytes;
        if (!isNew && !isWhole && _shown.Elapsed < (status.IsTerminal ? TerminalPace : PlainPace))
            return;
        _shown.Restart();
        var text = Line(progress, _file.Elapsed);
        if (status.IsTerminal)
            status.Show(text);
        else
            status.WriteLine(text);
        if (isWhole)
            status.Release();
    }

    /// <summary>Removes an unfinished line from the terminal.</summary>
    public void Clear() => status.Clear();

    public static void Write(TextWriter output, SetupResult result)
    {
        switch (result.State)
        {
            case SetupState.AlreadyThere:
                output.WriteLine($"libtorch {result.Version} is already installed and loads: {result.Folder}");
                break;
            case SetupState.Installed:
                output.WriteLine($"installed libtorch {result.Version}, {Terminal.Size(result.InstalledBytes)}: {result.Folder}");
                break;
            default:
                foreach (var wheel in result.Wheels)
                    output.WriteLine($"{(wheel.Bytes is { } bytes ? Terminal.Size(bytes) : "?"), 10}  {wheel.Address}");
                if (!result.IsComplete)
                    output.WriteLine("and the NVIDIA libraries that torch needs; this index lists them only inside torch's wheel");
                output.WriteLine(
                    $"would install libtorch {result.Version}, "
                        + $"{Terminal.Size(result.Wheels.Sum(wheel => wheel.Bytes ?? 0))} to download: {result.Folder}"
                );
                return;
        }
        output.WriteLine(
            result.IsFound ? "litre doctor --libtorch shows which libtorch is used" : $"to use it: export LITRE_LIBTORCH={result.Folder}"
        );
    }

    private string Line(SetupProgress progress, TimeSpan elapsed)
    {
        var line = $"[{progress.Number}/{progress.Count}] {progress.File}  {Terminal.Size(progress.DoneBytes)}";
        if (progress.TotalBytes is { } total)
            line += $" of {Terminal.Size(total)}";
        var rate = (progress.DoneBytes - _from) / Math.Max(elapsed.TotalSeconds, 1e-3);
        if (elapsed.TotalSeconds < 0.5 || rate <= 0)
            return line;
        line += $", {Terminal.Size((long)rate)}/s";
        return progress.TotalBytes > progress.DoneBytes
            ? $"{line}, {TimeSpan.FromSeconds((progress.TotalBytes.Value - progress.DoneBytes) / rate):h\\:mm\\:ss} left"
            : line;
    }
}
