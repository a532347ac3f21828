using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Machine.Governing;

/// <summary>A process of this machine, identified by its ID and start time, so that a reused ID is recognized as another process.</summary>
public sealed partial class TrainerProcess : ITrainerProcess
{
    private const string Library = "libc";
    private const int SignalKill = 9;
    private const int SignalTerminate = 15;

    private readonly int _id;
    private readonly string? _started;

    /// <param name="id">The process ID.</param>
    /// <exception cref="InputException">There is no such process.</exception>
    public TrainerProcess(int id)
    {
        _id = id;
        _started = Started();
        if (id <= 1 || _started is null)
            throw new InputException("pid", id, "there is no such process", "give the process ID of the running trainer");
    }

    public bool IsAlive => Started() is { } started && started == _started;

    public void Terminate() => Send(SignalTerminate);

    public void Kill() => Send(SignalKill);

    // It may exit between the check and the signal, which is the intended result.
    private void Send(int signal)
    {
        if (IsAlive)
            _ = Signal(_id, signal);
    }

    // Field 22 of /proc/PID/stat, after a name that may contain spaces; null for one that has exited or waits to be reaped.
    private string? Started()
    {
        var text = MachineSources.Lines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_id}/stat")).FirstOrDefault();
        var fields = text?[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is { Length: > 19 } && fields[0] is not ("Z" or "X") ? fields[19] : null;
    }

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
