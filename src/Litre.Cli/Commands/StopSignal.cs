using System.Runtime.InteropServices;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary>
/// Handles SIGINT, SIGTERM and SIGHUP (a closed terminal) while a command runs: the first asks it to stop at a safe point, the
/// second ends the program at once. If there is nothing to save yet, the first ends it at once too.
/// </summary>
internal sealed partial class StopSignal : IDisposable
{
    private const string Library = "libc";
    private const int HangUp = 1;

    // `timeout` and shells send a signal twice at once, to the process and to its group; no user presses a key that fast.
    private const int SameSignalMs = 200;

    // A closed terminal sends SIGHUP twice, from the shell and from the kernel, and the end of a session adds a SIGTERM.
    private const int SameHangUpMs = 2000;

    // A registration that nothing refers to is garbage-collected, and ends.
    private static readonly List<PosixSignalRegistration> Over = [];

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private readonly Action<string> _log;
    private long _firstAt = -1;
    private bool _firstWasHangUp;
    private bool _isOver;
    private volatile bool _exitsImmediately;

    /// <param name="message">Logged at the first signal; null for none.</param>
    /// <param name="log">Where the message goes; null for stderr.</param>
    public StopSignal(string? message = null, Action<string>? log = null)
    {
        Message = message;
        _log = log ?? (text => Console.Error.WriteLine($"litre: {text}"));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
        // A program started with nohup keeps ignoring it.
        if (!IsIgnored(HangUp))
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle));
    }

    /// <summary>Logged at the first signal; null for none.</summary>
    public string? Message { get; set; }

    /// <summary>Replaces the log given to the constructor; null keeps that one.</summary>
    public Action<string>? Log { get; set; }

    /// <summary>Whether the first signal ends the program, because nothing would be lost.</summary>
    public bool ExitsImmediately
    {
        get => _exitsImmediately;
        set => _exitsImmediately = value;
    }

    /// <summary>Called before a first signal ends the program: removes partial results, and reports how to start again.</summary>
    public Action? Exiting { get; set; }

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>For <see cref="Exiting"/>, if there is nothing to remove.</summary>
    public static void WriteStopped() => Console.Error.WriteLine("litre: stopped");

    /// <summary>Throws if a signal has come; the program reports that it was stopped.</summary>
    /// <exception cref="OperationCanceledException">A signal came.</exception>
    public void ThrowIfRequested() => _source.Token.ThrowIfCancellationRequested();

    /// <summary>
    /// Called when the work is complete. Signals are still handled until the program has ended, a few milliseconds later: a late
    /// signal must not turn a complete result into a failure.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Over.AddRange(_registrations);
        }
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var isHangUp = context.Signal == PosixSignal.SIGHUP;
        lock (_gate)
        {
            var now = Environment.TickCount64;
            if (_firstAt >= 0)
            {
                if (now - _firstAt >= (isHangUp || _firstWasHangUp ? SameHangUpMs : SameSignalMs))
                    Exit();
                return;
            }
            (_firstAt, _firstWasHangUp) = (now, isHangUp);
            if (_isOver)
                return;
            if (_exitsImmediately)
            {
                try
                {
                    Exiting?.Invoke();
                }
                finally
                {
                    Exit();
                }
            }
        }
        // Cancel before logging: a blocked terminal must not keep the command from stopping.
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // the work has just ended
        }
        if (Message is { } message)
            (Log ?? _log)(message);
    }

    // Not through the runtime's own exit, which waits for computing threads.
    private static void Exit() => ExitNow(ExitCode.Cancelled);

    private static bool IsIgnored(int signal)
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
            return line is not null && (Convert.ToUInt64(line[7..].Trim(), 16) >> (signal - 1) & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return false;
        }
    }

    [LibraryImport(Library, EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
