using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Machine.Governing;

/// <summary>A process of this machine, known by its number and the time it started, so that a number given anew is another.</summary>
public sealed partial class TrainerProcess : ITrainerProcess
{
    private const string Library = "libc";
    private const int SignalKill = 9;
    private const int SignalTerminate = 15;

    private readonly int _id;
    private readonly string? _started;

    /// <param name="id">Its number.</param>
    /// <exception cref="InputException">There is no such process.</exception>
    public TrainerProcess(int id)
    {
        _id = id;
        _started = Started();
        if (id <= 1 || _started is null)
            throw new InputException("pid", id, "there is no such process", "give the number of the running trainer");
    }

    public bool IsAlive => Started() is { } started && started == _started;

    public void Terminate() => Send(SignalTerminate);

    public void Kill() => Send(SignalKill);

    // It may end between the question and the signal; that is what was wanted.
    private void Send(int signal)
    {
        if (IsAlive)
            _ = Signal(_id, signal);
    }

    // Field 22 of /proc/PID/stat, behind a name that may hold spaces; null for one that is gone or waits to be reaped.
    private string? Started()
    {
        var text = MachineSources.Lines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_id}/stat")).FirstOrDefault();
        var fields = text?[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is { Length: > 19 } && fields[0] is not ("Z" or "X") ? fields[19] : null;
    }

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
