using System.Runtime.InteropServices;

namespace Litre.Server.Hosting;

/// <summary>SIGINT, SIGTERM and SIGHUP: the first stops the server when its answers are complete, the second ends it at once.</summary>
internal sealed partial class StopSignals : IDisposable
{
    // `timeout` and shells send a signal twice at once, to the process and to its group.
    private static readonly TimeSpan SameSignal = TimeSpan.FromMilliseconds(200);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action _stop;
    private readonly Lock _lock = new();
    private long? _first;

    /// <param name="stop">Called at the first signal.</param>
    public StopSignals(Action stop)
    {
        _stop = stop;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Ends the program without waiting for computing threads.</summary>
    public static void ExitNow() => Exit(0);

    public void Dispose() => _registrations.ForEach(r => r.Dispose());

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_first is { } first)
            {
                if (TimeProvider.System.GetElapsedTime(first) > SameSignal)
                    ExitNow();
                return;
            }
            _first = TimeProvider.System.GetTimestamp();
        }
        _stop();
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
